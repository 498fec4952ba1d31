from lineprof.code.scoping import StringEnum as StringEnum
