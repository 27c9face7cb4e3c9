select platform.queue_figures()
