"""The component `strategies`, as it is built, in wasmtime: no files, no variables, no output."""

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Variant

INTERFACE = "spindle:trading/strategies@1.0.0"


class Strategies:
    """Its functions, or those of one that takes its place."""

    def __init__(self, path):
        engine = Engine()
        self.store = Store(engine)
        self.store.set_wasi(WasiConfig())
        linker = Linker(engine)
        linker.add_wasip2()
        component = Component.from_file(engine, str(path))
        self.instance = linker.instantiate(self.store, component)

    def call(self, name, *words):
        """An answer; what is an error of the interface is one of Python's."""
        of = self.instance.get_export_index(self.store, INTERFACE)
        function = self.instance.get_func(self.store, self.instance.get_export_index(self.store, name, of))
        answer = function(self.store, *words)
        function.post_return(self.store)
        if isinstance(answer, Variant):
            if answer.tag == "err":
                raise ValueError(answer.payload)
            return answer.payload
        return answer
