from tests.journeys.shop import *
def test_x(shop):
    s = shop.json("check")
    t = shop("explain", "customer.phone_number","--format","table")
    print(s.out[:6000], s.code)
    print(t.out)
    assert 0
