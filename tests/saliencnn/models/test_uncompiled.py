"""Torchvision without the compiler, in a process of its own."""

import subprocess
import sys

PROGRAM = """
import sys
from saliencnn.models.uncompiled import load_torchvision
load_torchvision()
assert not {"triton", "sympy", "torch._dynamo"} & set(sys.modules)

import torch, torchvision
from torchvision.transforms import v2
model = torchvision.models.resnet18(num_classes=3)
model(v2.functional.resize(torch.rand(2, 3, 40, 40), [32])).sum().backward()
assert "torch._dynamo" not in sys.modules

torch.optim.SGD(model.parameters(), lr=0.1).step()  # which has the compiler leave it out
assert "torch._dynamo.utils" in sys.modules
double = torch.compile(lambda x: x + x, backend="eager")
assert double(torch.ones(1)) == 2
assert torch._dynamo.utils.is_compile_supported("cpu") in (True, False)
"""


def test_the_compiler_is_loaded_once_somebody_compiles() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
