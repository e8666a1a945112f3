"""The CAM family as pure functions of activations A and gradients g, both (N, C, h, w).

Each returns raw maps (N, h, w): sum over channels k of weight_k * A_k.
"""

import torch
from torch import Tensor


def weigh(activations: Tensor, weights: Tensor) -> Tensor:
    """Sum activations (N, C, h, w) over channels with weights (N, C), giving (N, h, w)."""
    exact = torch.promote_types(activations.dtype, weights.dtype)
    return torch.einsum("nchw,nc->nhw", activations.to(exact), weights.to(exact))


def cam(activations: Tensor, class_weights: Tensor) -> Tensor:
    """CAM (Zhou 2016, eq. 2): the classifier's own weights (N, C) of the class; signed."""
    return weigh(activations, class_weights)


def convolutional_cam(activations: Tensor, class_weights: Tensor, bias: Tensor) -> Tensor:
    """CAM where the score is the global average of relu(W A + b): that very map, exactly.

    Args:
        activations: (N, C, h, w).
        class_weights: (N, C), the 1 x 1 convolution's weights of the class.
        bias: (N,).
    """
    return (weigh(activations, class_weights) + bias[:, None, None]).relu()


def gradcam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Grad-CAM (Selvaraju 2017, eq. 1 and 2): weights are the gradients' spatial means."""
    return weigh(activations, gradients.mean(dim=(2, 3))).relu()


def gradcampp(activations: Tensor, gradients: Tensor) -> Tensor:
    """Grad-CAM++ (Chattopadhay 2018, eq. 10 and 19), the score taken as exp of the logit.

    The exponential's factor is the same for every channel of an image and left out: it changes
    the map's scale only, and by many orders of magnitude between epochs.
    """
    # alpha * relu(g) with alpha = g^2 / (2 g^2 + S g^3), shortened by g^2: tiny gradients do not
    # underflow, and half the memory is touched.
    denominator = (gradients * activations.sum(dim=(2, 3), keepdim=True)).add_(2)
    weights = gradients.relu().div_(denominator).masked_fill_(denominator == 0, 0)
    return weigh(activations, weights.sum(dim=(2, 3))).relu()


def smoothgradcampp(activations: Tensor, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
    """Grad-CAM++ with each power of the gradient averaged over noisy copies (Omeiza 2019).

    Args:
        activations: of the image itself.
        first: mean gradient over the copies; likewise ``second`` of its square and ``third``
            of its cube.
    """
    denominator = 2 * second + activations.sum(dim=(2, 3), keepdim=True) * third
    alpha = torch.where(denominator == 0, 0, second / denominator)
    return weigh(activations, (alpha * first.relu()).sum(dim=(2, 3))).relu()
