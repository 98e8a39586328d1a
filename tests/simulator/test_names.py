from simulator.names import Names


def names(seed):
    pool = Names(seed)
    return [pool.of(person) for person in range(5000)]


def test_equal_seeds_give_equal_names():
    assert names(1) == names(1)
    assert names(1) != names(2)


def test_no_two_people_share_an_address():
    assert len({address for address, _ in names(1)}) == 5000
