select concat('[', string_agg(concat('[', c.start, ',"', c.open, '","', c.high, '","', c.low, '","', c.close, '"]'), ','), ']')
from (select s.start, s.open, s.high, s.low, s.close from trading.candles s
      where s.pair = $1 and s.interval = $2
      order by s.start desc limit $3) c
