"""stub"""
def repair(run, at): return None
