select platform.fire_schedules($1) as fired
