from lineprof.dropin.autoprofile import run as run
