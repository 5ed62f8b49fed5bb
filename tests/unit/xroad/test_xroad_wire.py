"""Errors of X-Road, of the provider, and of nobody: what to do next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.xroad.wire import judge_business, raise_for_status, raise_of_xroad
from gateway.sdk import HttpAnswer, NeedsPerson, OutcomeUnknown, RetryLater


@pytest.mark.parametrize(
    "code",
    [
        "Server.ClientProxy.UnknownMember",
        "Server.ClientProxy.SslAuthenticationFailed",
        "Server.ClientProxy.OutdatedGlobalConf",
        "server.clientproxy.global_conf_outdated",
        "Server.ServerProxy.AccessDenied",
        "server.serverproxy.access_denied",
        "Server.ServerProxy.UnknownService",
        "Server.ServerProxy.ServiceDisabled",
        "Server.ServerProxy.SslAuthenticationFailed",
    ],
)
def test_what_surely_did_not_come_as_far_as_the_provider_is_tried_later(code: str) -> None:
    with pytest.raises(RetryLater) as caught:
        raise_of_xroad(code, "")

    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.about_destination
    assert caught.value.code == code


@pytest.mark.parametrize(
    "code",
    [
        "Server.ServerProxy.NetworkError",
        "Server.ServerProxy.ServiceFailed",
        "Server.ServerProxy.ServiceFailed.InvalidSoap",
        "Server.ServerProxy.DatabaseError",
        "Server.ServerProxy.CannotCreateSignature",
        "Server.ClientProxy.NetworkError",
        "Server.ClientProxy.IOError",
        "Server.ClientProxy.ServiceFailed.MissingBody",
        "Server.ClientProxy.InconsistentResponse",
        "Server.ClientProxy.LoggingFailed.TimestamperFailed",
        "Server.KhongBiet",
        "Server",
        "",
    ],
)
def test_what_may_have_passed_the_provider_is_asked_about_first(code: str) -> None:
    with pytest.raises(OutcomeUnknown):
        raise_of_xroad(code, "")


@pytest.mark.parametrize("code", ["Client", "Client.BadRequest", "client.invalid_soap", "Client.SslAuthenticationFailed"])
def test_what_is_wrong_with_our_own_request_needs_a_person(code: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        raise_of_xroad(code, "Sai chứng thư")

    assert caught.value.code == code
    assert "Sai chứng thư" in caught.value.text


def test_a_client_proxy_is_not_the_client() -> None:
    with pytest.raises(OutcomeUnknown):
        raise_of_xroad("ClientProxy.Whatever", "")


@pytest.mark.parametrize("status", [401, 403, 404, 405, 408, 425, 429, 503, 302])
def test_a_status_with_which_nothing_was_taken_is_tried_later(status: int) -> None:
    with pytest.raises(RetryLater) as caught:
        raise_for_status(HttpAnswer(status=status, headers={"retry-after": "120"}, body=b""))

    assert not isinstance(caught.value, OutcomeUnknown)
    assert caught.value.after == timedelta(seconds=120)


@pytest.mark.parametrize("status", [500, 502, 504, 599])
def test_another_failure_of_the_server_is_in_doubt(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        raise_for_status(HttpAnswer(status=status, headers={"retry-after": "x"}, body=b""))


@pytest.mark.parametrize("status", [200, 201, 400, 409, 413, 422])
def test_every_other_status_is_an_answer_of_the_service(status: int) -> None:
    raise_for_status(HttpAnswer(status=status, headers={}, body=b""))


def test_a_business_error_is_a_refusal_unless_it_says_not_now() -> None:
    refusal = judge_business("SAI\nMA ", "Số 064191000077 của a@b.vn không đúng", ("retry_later",))

    assert (refusal.code, refusal.text) == ("SAI_MA_", "Số … của … không đúng")
    with pytest.raises(RetryLater) as caught:
        judge_business("retry_later", "bảo trì", ("retry_later",))
    assert caught.value.about_destination


def test_no_text_names_what_was_sent() -> None:
    sent = "<transfer><name>Rơ Châm Mẫu Thử</name></transfer>".encode()

    assert "Rơ" not in judge_business("SAI", "Không có Rơ Châm Mẫu Thử", (), sent).text
    with pytest.raises(NeedsPerson) as caught:
        raise_of_xroad("Client.BadRequest", "Không có Rơ Châm Mẫu Thử", sent)
    assert "Rơ" not in caught.value.text
