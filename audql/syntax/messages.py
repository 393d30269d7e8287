from audql.diagnostics import *
def __getattr__(name):
    def f(span,*a): return Diagnostic("AQ100",Severity.ERROR,name+repr(a),span)
    return f
