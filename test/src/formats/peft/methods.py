"""PEFT's methods on one linear layer in plain PyTorch, by their definitions (huggingface/peft, src/peft/tuners).

A layer is y = x W^T + b with W (out, in). Each function takes the layer, its input, the fields of
adapter_config.json and the module's tensors by the end of their names, and returns the output.
"""

import math

import torch


def skew(v, b):
    """Unpacks the strict upper triangle (..., b(b-1)/2), row by row, into skew-symmetric matrices (..., b, b)."""
    q = torch.zeros(*v.shape[:-1], b, b, dtype=v.dtype)
    rows, columns = torch.triu_indices(b, b, 1)
    q[..., rows, columns] = v
    return q - q.transpose(-1, -2)


def neumann(q, terms, version):
    """The truncated series of (I+Q)(I-Q)^-1. Every power counts twice, but from PEFT 0.18 on the last counts once."""
    eye = torch.eye(q.shape[-1], dtype=q.dtype).expand_as(q)
    powers = [eye]
    while len(powers) < max(terms, 4):
        powers.append(powers[-1] @ q)
    if version < (0, 18):
        return eye + sum((2 * p for p in powers[1:terms]), torch.zeros_like(q))
    if terms == 1:
        return eye
    if terms == 2:
        return eye + 2 * q
    last = max(3, terms - 1)
    return eye + sum(2 * p for p in powers[1:last]) + powers[last]


def version_of(fields):
    text = fields.get("peft_version")
    return tuple(int(n) for n in text.split(".")[:2]) if text else (0, 0)


def oft_rotation(v, width, fields):
    """The rotation blocks (width/b, b, b) of OFT's parameters."""
    b = (1 + math.isqrt(1 + 8 * v.shape[-1])) // 2
    q = skew(v, b)
    if fields.get("coft"):
        most = fields["eps"] / math.sqrt(q.shape[0])
        norms = torch.linalg.matrix_norm(q)
        q = q * torch.clamp(most / norms, max=1.0)[:, None, None]
    if fields["use_cayley_neumann"]:
        r = neumann(q, fields["num_cayley_neumann_terms"], version_of(fields))
    else:
        eye = torch.eye(b, dtype=q.dtype)
        r = torch.linalg.solve(eye + q, eye - q, left=False)
    return r.expand(width // b, b, b)


def by_blocks(x, r):
    blocks = x.reshape(*x.shape[:-1], r.shape[0], r.shape[1])
    return torch.einsum("...ki,kij->...kj", blocks, r).reshape(x.shape)


def linear(layer, x):
    y = x @ layer["weight"].T
    return y + layer["bias"] if "bias" in layer else y


def oft(layer, x, fields, tensors):
    if "oft_embedding_R.weight" in tensors:
        rows = layer["weight"][x.long()]
        return by_blocks(rows, oft_rotation(tensors["oft_embedding_R.weight"], rows.shape[-1], fields))
    return linear(layer, by_blocks(x, oft_rotation(tensors["oft_R.weight"], x.shape[-1], fields)))


def butterfly(n, blocks, r):
    """The indices of PEFT's block_butterfly_perm: in each of `blocks` parts of n, even pieces of r, then odd ones."""
    size = n // blocks
    pieces = torch.arange(size).reshape(size // r, r)
    order = torch.cat([pieces[0::2], pieces[1::2]]).reshape(-1)
    indices = torch.arange(n)
    for start in range(0, n, size):
        indices[start : start + size] = indices[start : start + size][order]
    return indices


def boft(layer, x, fields, tensors):
    r, width = tensors["boft_R"], x.shape[-1]
    factors, blocks, b, _ = r.shape
    q = (r - r.transpose(-1, -2)) / 2
    eye = torch.eye(b, dtype=r.dtype)
    c = torch.linalg.solve(eye + q, eye - q, left=False)
    rotation = torch.eye(width, dtype=r.dtype)
    for i in range(factors):
        p = torch.eye(width, dtype=r.dtype)[butterfly(width, blocks // 2**i, b // 2)]
        rotation = p @ torch.block_diag(*c[i]) @ p.T @ rotation
    y = x @ rotation @ layer["weight"].T * tensors["boft_s"].reshape(-1)
    return y + layer["bias"] if "bias" in layer else y


def hra(layer, x, fields, tensors):
    u = tensors["hra_u"]
    eye = torch.eye(u.shape[0], dtype=u.dtype)
    if fields.get("apply_GS"):
        columns = []
        for column in u.T:
            for w in columns:
                column = column - (w @ column) * w
            columns.append(column / column.norm())
        chain = eye - 2 * torch.stack(columns, 1) @ torch.stack(columns)
    else:
        chain = eye
        for column in (u / u.norm(dim=0)).T:
            chain = chain @ (eye - 2 * torch.outer(column, column))
    return linear({**layer, "weight": layer["weight"] @ chain}, x)


def road(layer, x, fields, tensors):
    z, g = linear(layer, x), fields["group_size"]
    theta, alpha = tensors["road_theta"], tensors["road_alpha"]

    def parts(p):
        if fields["variant"] == "road_1":
            p = p.reshape(-1, g // 2).repeat_interleave(2, 0).reshape(-1)
            return p, p
        if fields["variant"] == "road_2":
            return p, p
        p = p.reshape(-1, 2, g)
        return p[:, 0].reshape(-1), p[:, 1].reshape(-1)

    (t1, t2), (a1, a2) = parts(theta), parts(alpha)
    halves = z.reshape(*z.shape[:-1], -1, 2, g // 2)
    turned = torch.stack([-halves[..., 1, :], halves[..., 0, :]], -2).reshape(z.shape)
    return z * (a1 * t1.cos()) + turned * (a2 * t2.sin())


def lora(layer, x, fields, tensors):
    a, b = tensors["lora_A.weight"], tensors["lora_B.weight"]
    delta = fields["lora_alpha"] / (math.sqrt(fields["r"]) if fields.get("use_rslora") else fields["r"]) * (b @ a)
    if not fields.get("use_dora"):
        return linear(layer, x) + x @ delta.T
    w = layer["weight"] + delta
    return linear({**layer, "weight": (tensors["lora_magnitude_vector"] / w.norm(dim=1))[:, None] * w}, x)


def psoft(layer, x, fields, tensors):
    q = skew(tensors["psoft_R.weight"], fields["r"])
    eye = torch.eye(fields["r"], dtype=q.dtype)
    if fields["use_cayley_neumann"]:
        r = neumann(q, fields["num_cayley_neumann_terms"], (0, 18))
    else:
        r = (eye + q) @ torch.linalg.inv(eye - q)
    middle = tensors["psoft_R.vector_b"][:, None] * r * tensors["psoft_R.vector_a"]
    h = x @ layer["A"].T
    return linear(layer, x) + fields["psoft_alpha"] / fields["r"] * (h @ middle.T - h) @ layer["B"].T


def miss(layer, x, fields, tensors):
    d = tensors["miss_block"]
    if d.dim() == 3:
        rows = [torch.cat([v + v @ b + b for v in w.split(b.shape[0], -1)], -1) for w, b in zip(layer["weight"].split(d.shape[1]), d)]
        return linear({**layer, "weight": torch.cat(rows)}, x)
    d = d.repeat(1, layer["weight"].shape[0] // d.shape[1])
    return linear(layer, x) + sum(x.split(fields["r"], -1)) @ d


def gralora(layer, x, fields, tensors):
    k, r, h = fields["gralora_k"], fields["r"], fields["hybrid_r"]
    a, b = tensors["gralora_A"], tensors["gralora_B"]
    scale, s = fields["alpha"] / (r + h), r // k
    groups = x.chunk(k, -1)
    parts = [
        sum(groups[i] @ a[i][:, j * s : (j + 1) * s] @ b[j][i * s : (i + 1) * s] for i in range(k)) for j in range(k)
    ]
    y = linear(layer, x) + scale * torch.cat(parts, -1)
    return y + scale * x @ tensors["gralora_A_general.weight"].T @ tensors["gralora_B_general.weight"].T if h else y


def c3a(layer, x, fields, tensors):
    w, b = tensors["c3a_kernel"], fields["block_size"]
    steps = torch.arange(b)
    blocks = w[:, :, (steps - steps[:, None]) % b]
    rows = [torch.cat(list(row), -1) for row in blocks]
    return linear(layer, x) + x @ torch.cat(rows).T / x.shape[-1]


def ia3(layer, x, fields, tensors):
    scale = tensors["ia3_l"].flatten()
    # A vector (1, in) scales the inputs, and one (out, 1) the outputs.
    if tensors["ia3_l"].shape[0] == 1:
        return linear(layer, x * scale)
    return linear(layer, x) * scale


def added(change):
    return lambda layer, x, fields, tensors: linear(layer, x) + x @ change(layer, fields, tensors).T


def loha(layer, fields, t):
    product = (t["hada_w1_a"] @ t["hada_w1_b"]) * (t["hada_w2_a"] @ t["hada_w2_b"])
    return fields["alpha"] / fields["r"] * product


def lokr(layer, fields, t):
    left = t["lokr_w1"] if "lokr_w1" in t else t["lokr_w1_a"] @ t["lokr_w1_b"]
    right = t["lokr_w2"] if "lokr_w2" in t else t["lokr_w2_a"] @ t["lokr_w2_b"]
    return fields["alpha"] / fields["r"] * torch.kron(left, right)


def hira(layer, fields, t):
    return layer["weight"] * (t["hira_B"] @ t["hira_A"])


def delora(layer, fields, t):
    a, b = t["delora_A"], t["delora_B"]
    norms = a.norm(dim=1).clamp(min=1e-4) * b.norm(dim=0).clamp(min=1e-4)
    scale = t["delora_lambda"] / fields["r"] / norms
    return (b * scale) @ a * layer["weight"].norm(dim=0)


def deft(layer, fields, t):
    p = t["deft_P"]
    change = -p @ p.clamp(min=0).T @ layer["weight"]
    scale = fields["alpha"] / fields["r"] if fields["alpha"] else 1
    return change if fields["para"] else change + scale * p @ t["deft_R"]


def osf(layer, fields, t):
    u, s, v = torch.linalg.svd(layer["weight"], full_matrices=False)
    k = fields["effective_rank"]
    low = (t["osf_svd_params.U_low"] * t["osf_svd_params.S_low"]) @ t["osf_svd_params.V_low"]
    return (u[:, :k] * s[:k]) @ v[:k] + low - layer["weight"]


def shira(layer, fields, t):
    change = torch.zeros_like(layer["weight"])
    change[t["shira_indices"][0].long(), t["shira_indices"][1].long()] = t["shira_weight"]
    return change


def spectrum(layer, fields, values):
    """The zeros of the weight's shape with the values at the positions that follow from the seed."""
    rows, columns = layer["weight"].shape
    generator = torch.Generator().manual_seed(fields["random_loc_seed"])
    places = torch.randperm(rows * columns, generator=generator)[: fields["n_frequency"]]
    dense = torch.zeros(rows * columns, dtype=values.dtype)
    dense[places] = values
    return dense.reshape(rows, columns) * fields["scaling"]


def fourierft(layer, fields, t):
    return torch.fft.ifft2(spectrum(layer, fields, t["fourierft_spectrum"])).real


def waveft(layer, fields, t):
    dense = spectrum(layer, fields, t["waveft_spectrum"])
    if not fields["use_idwt"]:
        return dense
    # The parts of a transform of one level: sums, differences of rows, of columns, and of both.
    (a, h), (v, d) = (half.chunk(2, 1) for half in dense.chunk(2))
    pairs = [[a + h + v + d, a + h - v - d], [a - h + v - d, a - h - v + d]]
    rows = [torch.stack(row, -1).flatten(1) for row in pairs]
    return torch.stack(rows, 1).flatten(0, 1) / 2


METHODS = {"OFT": oft, "BOFT": boft, "HRA": hra, "ROAD": road, "LORA": lora, "PSOFT": psoft, "MISS": miss, "GRALORA": gralora}
METHODS |= {"C3A": c3a, "IA3": ia3, "LOHA": added(loha), "LOKR": added(lokr), "HIRA": added(hira), "DELORA": added(delora), "DEFT": added(deft), "OSF": added(osf)}
METHODS |= {"SHIRA": added(shira), "FOURIERFT": added(fourierft), "WAVEFT": added(waveft)}
