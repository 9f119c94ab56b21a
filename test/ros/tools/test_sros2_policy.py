"""The SROS 2 policy allows what the node needs, and no more."""

import re
import xml.etree.ElementTree as ET

import pytest

from hispatial_ros.ros.tools.sros2_policy import CLOCK, TF, main, policy

NODE = ("hispatial", "/")
# Used only with parameters, packages or transports that the node here does without.
OPTIONAL = {CLOCK, *TF, "detections"}
ACTION_TOPICS = {"feedback", "status"}
ACTION_SERVICES = {"send_goal", "cancel_goal", "get_result"}


def allowed(enclave, group, verb, remaps=None):
    """Full names that an enclave may use in one way."""
    root = ET.fromstring(policy(remaps).encode())
    found = root.findall(f".//enclave[@path='/{enclave}']//{group}s[@{verb}='ALLOW']/{group}")
    node = root.find(f".//enclave[@path='/{enclave}']//profile").get("node")
    return {"/" + name.text.replace("~", node, 1).lstrip("/") for name in found}


@pytest.fixture(scope="module")
def live(desk):
    """What the running node has, by kind."""
    node = desk.node
    return {
        "publish": names(node.get_publisher_names_and_types_by_node(*NODE)),
        "subscribe": names(node.get_subscriber_names_and_types_by_node(*NODE)),
        "reply": names(node.get_service_names_and_types_by_node(*NODE)),
        "request": names(node.get_client_names_and_types_by_node(*NODE)),
    }


def names(pairs):
    return {name for name, _ in pairs}


def without_actions(found):
    return {name for name in found if "/_action/" not in name}


def test_the_node_publishes_what_it_may_and_may_what_it_publishes(live):
    may = allowed("hispatial", "topic", "publish")
    assert without_actions(live["publish"]) <= may
    surplus = may - live["publish"]
    assert all(re.search(r"/answered/\w+/compressed", name) for name in surplus)


def test_the_node_receives_what_it_may_and_may_what_it_receives(live):
    may = allowed("hispatial", "topic", "subscribe")
    assert live["subscribe"] <= may
    surplus = {name.lstrip("/") for name in may - live["subscribe"]}
    assert {name for name in surplus if "/compressed" not in name} <= OPTIONAL


def test_the_node_serves_exactly_what_it_may_and_asks_nobody(live):
    assert without_actions(live["reply"]) == allowed("hispatial", "service", "reply")
    assert live["request"] == allowed("hispatial", "service", "request") == set()


def test_the_node_executes_exactly_its_actions(live):
    served = live["publish"] | live["reply"]
    actions = {name.partition("/_action/")[0] for name in served if "/_action/" in name}
    assert actions == allowed("hispatial", "action", "execute")
    parts = {name.partition("/_action/")[2] for name in served if "/_action/" in name}
    assert parts == ACTION_TOPICS | ACTION_SERVICES


def test_an_operator_asks_and_changes_nothing(live):
    requests = allowed("hispatial_operator", "service", "request")
    assert "/hispatial/ask" in requests
    assert requests <= live["reply"]
    assert not any(re.search("set_parameters|change_state", name) for name in requests)
    published = allowed("hispatial_operator", "topic", "publish")
    assert published == {"/rosout", "/parameter_events"}
    assert not allowed("hispatial_operator", "topic", "subscribe") & {"/image", "/depth"}


def test_an_administrator_reaches_everything_that_is_served(live):
    reached = allowed("hispatial_administrator", "service", "request")
    assert reached == without_actions(live["reply"])


def test_remapped_inputs_take_their_calibration_along(capsys):
    assert main(["-r", "image:=cam/color/image_raw"]) == 0
    printed = capsys.readouterr().out
    remaps = {"image": "cam/color/image_raw"}
    assert printed == policy(remaps)
    may = allowed("hispatial", "topic", "subscribe", remaps)
    assert {"/cam/color/image_raw", "/cam/color/camera_info"} <= may
    assert "/image" not in may
    with pytest.raises(SystemExit):
        main(["-r", "nonsense:=x"])


@pytest.mark.parametrize("word", ["*", "<service>*"])
def test_nothing_is_allowed_by_a_wildcard(word):
    assert word not in policy()
