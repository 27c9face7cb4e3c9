select trading.sweep_lanes()::text
