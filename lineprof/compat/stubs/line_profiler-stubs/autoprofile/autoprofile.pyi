from lineprof.compat.dropin.autoprofile import run as run
