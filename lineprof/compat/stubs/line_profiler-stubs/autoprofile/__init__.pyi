from . import autoprofile as autoprofile
from . import eager_preimports as eager_preimports
