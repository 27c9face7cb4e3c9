select platform.list_consumers()
