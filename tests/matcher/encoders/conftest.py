import pytest

from matcher.encoders import load_encoder
from matcher.settings import Settings


@pytest.fixture(scope="session")
def minilm():
    encoder = load_encoder(Settings(_env_file=None, encoder="minilm"))
    assert encoder.n_dims == 384
    return encoder
