import pytest

from matcher.encoders import SentenceTransformerEncoder, minilm


@pytest.fixture(scope="session", name="minilm")
def encoder_of_the_package():
    """The packaged encoder, computed by torch: without a cache folder nothing else is tried."""
    encoder = SentenceTransformerEncoder(minilm.folder(), name=minilm.NAME)
    assert encoder.n_dims == 384
    return encoder
