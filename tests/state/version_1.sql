BEGIN TRANSACTION;
CREATE TABLE audience (
	id INTEGER NOT NULL, 
	"key" TEXT, 
	name TEXT NOT NULL, 
	file TEXT NOT NULL, 
	gives TEXT NOT NULL, 
	on_leaving TEXT NOT NULL, 
	members BLOB NOT NULL, 
	since BLOB NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "audience" VALUES(1,'a','A','main.aud','[["course", "S", ""]]','unenrol',X'016364800000',X'00010000002C510000');
INSERT INTO "audience" VALUES(2,'b','B','main.aud','[["course", "S", ""], ["course", "F", "teacher"]]','suspend',X'01E366800000',X'01020000002C5100002D5100006364600400');
CREATE TABLE delta (
	audience INTEGER NOT NULL, 
	run INTEGER NOT NULL, 
	joined BLOB NOT NULL, 
	"left" BLOB NOT NULL, 
	PRIMARY KEY (audience, run), 
	FOREIGN KEY(audience) REFERENCES audience (id), 
	FOREIGN KEY(run) REFERENCES run (number)
);
INSERT INTO "delta" VALUES(1,1,X'016366800000',X'010300');
INSERT INTO "delta" VALUES(2,1,X'016363800000',X'010300');
INSERT INTO "delta" VALUES(1,2,X'010300',X'016362800000');
INSERT INTO "delta" VALUES(2,2,X'01E364800000',X'016361800000');
CREATE TABLE enrolment (
	learning INTEGER NOT NULL, 
	person INTEGER NOT NULL, 
	spell INTEGER NOT NULL, 
	role TEXT NOT NULL, 
	started INTEGER NOT NULL, 
	due INTEGER, 
	status TEXT NOT NULL, 
	completed BOOLEAN NOT NULL, 
	suspended BOOLEAN NOT NULL, 
	ended INTEGER, 
	PRIMARY KEY (learning, person, spell), 
	FOREIGN KEY(learning) REFERENCES learning (id), 
	FOREIGN KEY(person) REFERENCES person (ordinal)
)
 WITHOUT ROWID

;
INSERT INTO "enrolment" VALUES(1,0,1,'teacher',20781,NULL,'wanted',0,0,NULL);
INSERT INTO "enrolment" VALUES(1,1,1,'teacher',20780,NULL,'confirmed',0,0,NULL);
INSERT INTO "enrolment" VALUES(1,2,1,'teacher',20780,NULL,'confirmed',0,1,20781);
INSERT INTO "enrolment" VALUES(1,3,1,'teacher',20781,NULL,'wanted',0,0,NULL);
INSERT INTO "enrolment" VALUES(2,0,1,'',20780,20783,'confirmed',0,0,NULL);
INSERT INTO "enrolment" VALUES(2,1,1,'',20780,NULL,'confirmed',0,0,NULL);
INSERT INTO "enrolment" VALUES(2,2,1,'',20780,NULL,'confirmed',0,1,20781);
INSERT INTO "enrolment" VALUES(2,3,1,'',20781,NULL,'wanted',0,0,NULL);
CREATE TABLE learning (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	learning TEXT NOT NULL, 
	open INTEGER NOT NULL, 
	ledger BLOB NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (kind, learning)
);
INSERT INTO "learning" VALUES(1,'course','F',3,X'270000005B5B22222C202274656163686572225D2C205B362C20392C2031392C20392C2031392C20395D5D01E36780000000010000000100000001020000002C5100002D51000063646060040000010000000000008001020000000100000008000000636060640000000100000001000000');
INSERT INTO "learning" VALUES(2,'course','S',3,X'1D0000005B5B22225D2C205B362C20392C2031392C2031392C2031392C20395D5D01E36780000000010000000100000001020000002C5100002D5100006360606004000102000000000000802F51000063646060000001020000000100000008000000636060640000000100000000000000');
CREATE TABLE outbox (
	number INTEGER NOT NULL, 
	run INTEGER NOT NULL, 
	learning INTEGER NOT NULL, 
	person INTEGER NOT NULL, 
	spell INTEGER NOT NULL, 
	action TEXT NOT NULL, 
	due INTEGER, 
	PRIMARY KEY (number), 
	FOREIGN KEY(run) REFERENCES run (number)
);
INSERT INTO "outbox" VALUES(1,2,1,0,1,'enrol',NULL);
INSERT INTO "outbox" VALUES(2,2,1,2,1,'suspend',NULL);
INSERT INTO "outbox" VALUES(3,2,1,3,1,'enrol',NULL);
INSERT INTO "outbox" VALUES(4,2,2,1,1,'due',NULL);
INSERT INTO "outbox" VALUES(5,2,2,2,1,'suspend',NULL);
INSERT INTO "outbox" VALUES(6,2,2,3,1,'enrol',NULL);
CREATE TABLE person (
	ordinal INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	PRIMARY KEY (ordinal), 
	UNIQUE (id)
);
INSERT INTO "person" VALUES(0,'ann');
INSERT INTO "person" VALUES(1,'bob');
INSERT INTO "person" VALUES(2,'zoë');
INSERT INTO "person" VALUES(3,'dan');
CREATE TABLE run (
	number INTEGER NOT NULL, 
	day DATE NOT NULL, 
	at DATETIME NOT NULL, 
	snapshot TEXT NOT NULL, 
	program TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	report TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "run" VALUES(1,'2026-11-23','2026-11-23 02:00:00.000000','443902bd125780bd56282963758dfc7c','program0',1,'{"day": "2026-11-23", "people": 3, "status": 0, "audiences": [{"name": "A", "standing": "decided", "members": 2, "joins": 2, "leaves": 0}, {"name": "B", "standing": "decided", "members": 2, "joins": 2, "leaves": 0}], "enrolments": {"enrol": 5}, "held": []}');
INSERT INTO "run" VALUES(2,'2026-11-24','2026-11-23 02:00:00.000000','dc179d5056f2d592b9864ed5cac5ee04','program0',2,'{"day": "2026-11-24", "people": 4, "status": 0, "audiences": [{"name": "A", "standing": "decided", "members": 1, "joins": 0, "leaves": 1}, {"name": "B", "standing": "decided", "members": 3, "joins": 2, "leaves": 1}], "enrolments": {"enrol": 3, "suspend": 2, "due": 1}, "held": []}');
CREATE TABLE version (
	number INTEGER NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "version" VALUES(1);
COMMIT;
