from audql.syntax import messages
def unexpected(run, at): return messages.unexpected(run.tokens[at].span(run.source), sorted(run.expected()))
