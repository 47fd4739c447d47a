import subprocess
import sys

import torch

from ddsgui.synthesis.gradients import backward


def test_several_gradients_are_carried_on_together() -> None:
    x = torch.rand(2, 3, requires_grad=True)
    first, second = x * 2, x.square()
    backward([first, second], [torch.ones(2, 3), torch.full((2, 3), 0.5)])
    assert x.grad is not None
    torch.testing.assert_close(x.grad, 2 + x.detach())


def test_sympy_is_not_imported() -> None:
    program = (
        "import sys, torch; from ddsgui.synthesis.gradients import backward; x = torch.ones(2, requires_grad=True); "
        "backward([x * 2], [torch.ones(2)]); print(x.grad.tolist(), 'sympy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[2.0,", "2.0]", "False"]
