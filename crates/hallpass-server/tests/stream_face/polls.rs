//! Polls: making them is a matter of the app, sending them and voting one of the channel.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream, error};
use super::messages::{call, general, grant, refused_for, send};

/// With polls switched on.
async fn polling(dialect: Dialect) -> Stream {
    let stream = general(dialect).await;
    stream.put("/channeltypes/messaging", json!({"polls": true})).await.created();
    stream
}

async fn make(stream: &Stream, user: &str, poll: Value) -> Value {
    call(stream, user, Method::POST, "/polls", poll).await.created()["poll"].take()
}

/// Ben's poll, sent in his message `m`.
async fn sent(stream: &Stream) {
    let options = json!([{"id": "lima", "text": "Lima"}, {"id": "quito", "text": "Quito"}]);
    make(stream, "ben", json!({"id": "p", "name": "Where to?", "options": options, "max_votes_allowed": 1, "allow_answers": true})).await;
    send(stream, "ben", json!({"id": "m", "poll_id": "p"})).await.created();
}

async fn vote(stream: &Stream, user: &str, vote: Value) -> super::client::Reply {
    call(stream, user, Method::POST, "/messages/m/polls/p/vote", json!({ "vote": vote })).await
}

#[tokio::test]
async fn a_poll_is_answered_with_all_that_sdks_read() {
    for dialect in BOTH {
        let stream = polling(dialect).await;
        let wanted =
            stream.custom(json!({"id": "p", "name": "Where to?", "options": [{"id": "lima", "text": "Lima"}]}), json!({"hue": "red"}));
        let mut poll = make(&stream, "ben", wanted).await;
        assert_eq!(poll["created_by"].take()["id"], "ben");
        let expected = json!({
            "id": "p", "name": "Where to?", "description": "", "voting_visibility": "public", "enforce_unique_vote": false,
            "max_votes_allowed": null, "allow_user_suggested_options": false, "allow_answers": false, "is_closed": false,
            "options": [stream.custom(json!({"id": "lima", "text": "Lima"}), json!({}))], "vote_count": 0, "answers_count": 0,
            "vote_counts_by_option": {}, "latest_votes_by_option": {}, "latest_answers": [], "own_votes": [], "created_by_id": "ben",
            "created_by": null, "created_at": stream.noon(), "updated_at": stream.noon(),
        });
        assert_eq!(poll, stream.custom(expected, json!({"hue": "red"})));
        assert_eq!(
            call(&stream, "cleo", Method::POST, "/polls", json!({"id": "p", "name": "x"})).await.error(),
            error(400, 4, "CreatePoll", "id: a poll with id 'p' already exists")
        );
        assert_eq!(
            call(&stream, "cleo", Method::POST, "/polls", json!({"name": ""})).await.error(),
            error(400, 4, "CreatePoll", "name: must not be empty")
        );
    }
}

#[tokio::test]
async fn making_changing_closing_and_deleting_are_permissions_of_the_app() {
    for dialect in BOTH {
        let stream = polling(dialect).await;
        sent(&stream).await;
        let patch = async |user: &str, set: Value| call(&stream, user, Method::PATCH, "/polls/p", json!({ "set": set })).await;
        assert_eq!(refused_for(patch("cleo", json!({"name": "x"})).await), "UpdatePoll");
        assert_eq!(refused_for(patch("cleo", json!({"is_closed": true})).await), "ClosePoll");
        assert_eq!(refused_for(call(&stream, "cleo", Method::PUT, "/polls", json!({"id": "p", "name": "x"})).await), "UpdatePoll");
        assert_eq!(refused_for(call(&stream, "cleo", Method::POST, "/polls/p/options", json!({"text": "x"})).await), "UpdatePoll");
        assert_eq!(
            refused_for(call(&stream, "cleo", Method::PUT, "/polls/p/options", json!({"id": "lima", "text": "x"})).await),
            "UpdatePoll"
        );
        assert_eq!(refused_for(call(&stream, "cleo", Method::DELETE, "/polls/p/options/lima", Value::Null).await), "UpdatePoll");
        assert_eq!(refused_for(call(&stream, "cleo", Method::DELETE, "/polls/p", Value::Null).await), "DeletePoll");
        // docs/stream.md, Polls: a poll belongs to its creator.
        assert_eq!(patch("ben", json!({"name": "Whither?"})).await.ok()["poll"]["name"], "Whither?");
        let option = call(&stream, "ben", Method::POST, "/polls/p/options", json!({"id": "cusco", "text": "Cusco"})).await.created();
        assert_eq!(option, json!({"poll_option": stream.custom(json!({"id": "cusco", "text": "Cusco"}), json!({}))}));
        vote(&stream, "cleo", json!({"option_id": "cusco"})).await.created();
        call(&stream, "ben", Method::DELETE, "/polls/p/options/cusco", Value::Null).await.ok();
        assert_eq!(patch("ben", json!({"is_closed": true})).await.ok()["poll"]["vote_count"], 0);
        assert_eq!(vote(&stream, "cleo", json!({"option_id": "lima"})).await.error(), error(400, 4, "CastPollVote", "poll 'p' is closed"));

        // Closing is closing alone: opening again, or changing something along with it, is changing.
        stream.patch("/app", json!({"grants": {"user": ["update-poll-owner"]}})).await.ok();
        patch("ben", json!({"is_closed": false})).await.ok();
        assert_eq!(refused_for(patch("ben", json!({"is_closed": true, "name": "y"})).await), "ClosePoll");
        stream.patch("/app", json!({"grants": {"user": ["close-poll-owner"]}})).await.ok();
        assert_eq!(refused_for(patch("ben", json!({"is_closed": true, "name": "y"})).await), "UpdatePoll");
        patch("ben", json!({"is_closed": true})).await.ok();
        assert_eq!(refused_for(patch("ben", json!({"is_closed": false})).await), "UpdatePoll");
        assert_eq!(refused_for(call(&stream, "ben", Method::POST, "/polls", json!({"name": "x"})).await), "CreatePoll");
        assert_eq!(refused_for(call(&stream, "ben", Method::POST, "/polls/query", json!({})).await), "QueryPolls");
        stream.patch("/app", json!({"grants": {"user": ["query-polls-owner", "delete-poll-owner"]}})).await.ok();
        let listed = async |user: &str| {
            call(&stream, user, Method::POST, "/polls/query", json!({})).await.created()["polls"].as_array().unwrap().len()
        };
        assert_eq!((listed("ben").await, listed("cleo").await), (1, 0));
        call(&stream, "ben", Method::DELETE, "/polls/p", Value::Null).await.ok();
        assert_eq!(stream.get("/polls/p").await.error(), error(404, 16, "GetPoll", "poll 'p' does not exist"));
        assert_eq!(stream.get("/messages/m").await.ok()["message"].get("poll"), None);
    }
}

#[tokio::test]
async fn sending_voting_and_listing_votes_are_permissions_of_the_channel() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        make(&stream, "ben", json!({"id": "early", "name": "x"})).await;
        let off = send(&stream, "ben", json!({"poll_id": "early"})).await;
        assert_eq!(off.error(), error(400, 19, "SendMessage", "polls is switched off for this channel"));
        stream.put("/channeltypes/messaging", json!({"polls": true})).await.created();
        sent(&stream).await;
        assert_eq!(
            send(&stream, "cleo", json!({"poll_id": "early"})).await.error(),
            error(404, 16, "SendMessage", "poll 'early' does not exist")
        );
        send(&stream, "cleo", json!({"poll_id": "p"})).await.created();

        let first = vote(&stream, "cleo", json!({"option_id": "lima"})).await.created();
        assert_eq!((&first["vote"]["option_id"], &first["vote"]["user_id"]), (&json!("lima"), &json!("cleo")));
        assert_eq!((&first["poll"]["vote_counts_by_option"], &first["poll"]["own_votes"]), (&json!({"lima": 1}), &json!([first["vote"]])));
        assert_eq!(
            vote(&stream, "cleo", json!({"option_id": "quito"})).await.error(),
            error(400, 4, "CastPollVote", "poll 'p' allows 1 votes of each")
        );
        vote(&stream, "cleo", json!({"answer_text": "Home"})).await.created();
        let answered = vote(&stream, "cleo", json!({"answer_text": "Stay home"})).await.created();
        assert_eq!(
            (&answered["poll"]["answers_count"], &answered["poll"]["latest_answers"][0]["answer_text"]),
            (&json!(1), &json!("Stay home"))
        );
        assert_eq!(
            vote(&stream, "cleo", json!({"option_id": "no"})).await.error(),
            error(400, 4, "CastPollVote", "vote.option_id: the poll has no option 'no'")
        );
        assert_eq!(refused_for(vote(&stream, "dan", json!({"option_id": "lima"})).await), "CastVote");

        let votes =
            async |user: &str, filter: Value| call(&stream, user, Method::POST, "/polls/p/votes", json!({ "filter": filter })).await;
        assert_eq!(votes("mo", json!({"is_answer": true})).await.created()["votes"].as_array().unwrap().len(), 1);
        let id = first["vote"]["id"].as_str().unwrap();
        let remove = async |user: &str| call(&stream, user, Method::DELETE, &format!("/messages/m/polls/p/vote/{id}"), Value::Null).await;
        assert_eq!(remove("ben").await.error().1, 16);
        assert_eq!(remove("cleo").await.ok()["poll"]["vote_count"], 0);

        // A poll is seen in the channel that it was sent to, by whoever reads that.
        assert_eq!(refused_for(call(&stream, "dan", Method::GET, "/polls/p", Value::Null).await), "QueryPolls");
        call(&stream, "mo", Method::GET, "/polls/p/options/lima", Value::Null).await.ok();
        grant(&stream, "user", &["read-channel"]).await;
        call(&stream, "dan", Method::GET, "/polls/p", Value::Null).await.ok();
        assert_eq!(refused_for(votes("dan", json!({})).await), "QueryVotes");
        grant(&stream, "channel_member", &["create-message"]).await;
        assert_eq!(refused_for(send(&stream, "ben", json!({"poll_id": "p"})).await), "SendPoll");
        assert_eq!(refused_for(vote(&stream, "cleo", json!({"option_id": "lima"})).await), "CastVote");
    }
}

#[tokio::test]
async fn where_people_may_suggest_options_whoever_votes_may() {
    for dialect in BOTH {
        let stream = polling(dialect).await;
        make(&stream, "ben", json!({"id": "p", "name": "x", "allow_user_suggested_options": true, "voting_visibility": "anonymous"})).await;
        send(&stream, "ben", json!({"id": "m", "poll_id": "p"})).await.created();
        call(&stream, "cleo", Method::POST, "/polls/p/options", json!({"id": "o", "text": "y"})).await.created();
        assert_eq!(refused_for(call(&stream, "dan", Method::POST, "/polls/p/options", json!({"text": "z"})).await), "UpdatePoll");
        // Who voted is told to nobody else.
        let own = vote(&stream, "cleo", json!({"option_id": "o"})).await.created();
        assert_eq!(own["vote"]["user_id"], "cleo");
        let seen = call(&stream, "ben", Method::GET, "/messages/m", Value::Null).await.ok();
        let latest = &seen["message"]["poll"]["latest_votes_by_option"]["o"][0];
        assert_eq!((&latest["option_id"], latest.get("user_id"), latest.get("user")), (&json!("o"), None, None));
        let found = call(&stream, "ben", Method::POST, "/polls/p/votes", json!({"filter": {"user_id": "cleo"}})).await.created();
        assert_eq!(found["votes"], json!([]));
    }
}

#[tokio::test]
async fn a_poll_is_of_the_team_of_who_made_it() {
    let stream = Stream::new(Dialect::Flat).await;
    stream.patch("/app", json!({"multi_tenant_enabled": true})).await.ok();
    let users =
        json!({"red": {"id": "red", "teams": ["r"]}, "both": {"id": "both", "teams": ["b", "r"]}, "blue": {"id": "blue", "teams": ["b"]}});
    stream.post("/users", json!({ "users": users })).await.created();
    stream.patch("/app", json!({"grants": {"user": ["create-poll", "update-poll", "update-poll-owner"]}})).await.ok();
    let patch =
        async |user: &str, id: &str| call(&stream, user, Method::PATCH, &format!("/polls/{id}"), json!({"set": {"name": "y"}})).await;
    make(&stream, "both", json!({"id": "p", "name": "x"})).await;
    make(&stream, "red", json!({"id": "q", "name": "x"})).await;
    for (user, id) in [("both", "p"), ("red", "p"), ("blue", "p"), ("both", "q")] {
        patch(user, id).await.ok();
    }
    let refused = patch("blue", "q").await;
    assert_eq!(refused.hallpass()["reason"], "team_mismatch");
    assert_eq!(refused_for(refused), "UpdatePoll");
    let nobody = stream.call(From::Server, Method::POST, "/polls", Some(json!({"name": "x"}))).await;
    assert_eq!(nobody.error(), error(400, 4, "CreatePoll", "either user or user_id must be provided when using server side auth."));
}

#[tokio::test]
async fn a_poll_in_a_message_for_few_is_told_and_shown_to_nobody_else() {
    for dialect in BOTH {
        let stream = polling(dialect).await;
        let options = json!([{"id": "o", "text": "y"}]);
        make(&stream, "ben", json!({"id": "p", "name": "x", "options": options, "allow_user_suggested_options": true})).await;
        let restricted = json!({"message": {"id": "m", "poll_id": "p", "user_id": "ben", "restricted_visibility": ["ben", "mo"]}});
        stream.post("/channels/messaging/general/message", restricted).await.created();
        let get = async |user: &str| call(&stream, user, Method::GET, "/polls/p", Value::Null).await;
        let at = stream.listen().await;
        let mut cleo = stream.connect(&at, "cleo").await;
        let watch = format!("/channels/messaging/general/query?connection_id={}", cleo.connection_id);
        call(&stream, "cleo", Method::POST, &watch, json!({"watch": true, "state": true})).await.created();
        cleo.so_far().await;
        vote(&stream, "mo", json!({"option_id": "o"})).await.created();
        assert_eq!(cleo.types_so_far().await, Vec::<String>::new());
        assert_eq!(refused_for(get("cleo").await), "QueryPolls");
        assert_eq!(refused_for(call(&stream, "cleo", Method::POST, "/polls/p/options", json!({"text": "z"})).await), "UpdatePoll");
        assert_eq!(refused_for(call(&stream, "cleo", Method::POST, "/polls/p/votes", json!({})).await), "QueryPolls");
        assert_eq!(send(&stream, "cleo", json!({"poll_id": "p"})).await.error().1, 16);

        // Once everybody sees the message, everybody sees the poll.
        stream.put("/messages/m", json!({"set": {"restricted_visibility": []}})).await.ok();
        get("cleo").await.ok();

        // A command is its author's until they send it.
        make(&stream, "ben", json!({"id": "q", "name": "x"})).await;
        send(&stream, "ben", json!({"id": "g", "text": "/giphy cats", "poll_id": "q"})).await.created();
        let other = async || call(&stream, "cleo", Method::GET, "/polls/q", Value::Null).await;
        assert_eq!(refused_for(other().await), "QueryPolls");
        call(&stream, "ben", Method::POST, "/messages/g/action", json!({"form_data": {"image_action": "send"}})).await.created();
        other().await.ok();

        // What a block list keeps back is seen once it is let through.
        stream.post("/blocklists", json!({"name": "rude", "words": ["darn"]})).await.created();
        stream.put("/channeltypes/messaging", json!({"blocklist": "rude", "blocklist_behavior": "shadow_block"})).await.created();
        make(&stream, "ben", json!({"id": "r", "name": "x"})).await;
        send(&stream, "ben", json!({"id": "s", "text": "darn", "poll_id": "r"})).await.created();
        let shadowed = async || call(&stream, "cleo", Method::GET, "/polls/r", Value::Null).await;
        assert_eq!(refused_for(shadowed().await), "QueryPolls");
        call(&stream, "mo", Method::POST, "/moderation/unblock_message", json!({"target_message_id": "s"})).await.created();
        shadowed().await.ok();
    }
}

#[tokio::test]
async fn a_poll_leaves_a_channel_that_is_deleted_for_good() {
    for dialect in BOTH {
        let stream = polling(dialect).await;
        sent(&stream).await;
        call(&stream, "cleo", Method::GET, "/polls/p", Value::Null).await.ok();
        stream.delete("/channels/messaging/general?hard_delete=true").await.ok();
        stream.channel("messaging", "general", "ana", &["cleo"]).await;
        assert_eq!(refused_for(call(&stream, "cleo", Method::GET, "/polls/p", Value::Null).await), "QueryPolls");
        // Nor does it stay where a channel is made again.
        send(&stream, "ana", json!({"text": "hi"})).await;
        stream.post("/channels/messaging/general/message", json!({"message": {"user_id": "ben", "poll_id": "p"}})).await.created();
        call(&stream, "cleo", Method::GET, "/polls/p", Value::Null).await.ok();
        stream.delete("/channels/messaging/general").await.ok();
        stream.channel("messaging", "general", "ana", &["cleo"]).await;
        assert_eq!(refused_for(call(&stream, "cleo", Method::GET, "/polls/p", Value::Null).await), "QueryPolls");
    }
}

#[tokio::test]
async fn votes_are_listed_by_who_may_list_them_and_read_the_channel() {
    for dialect in BOTH {
        let stream = polling(dialect).await;
        sent(&stream).await;
        let votes = async |user: &str| call(&stream, user, Method::POST, "/polls/p/votes", json!({})).await;
        grant(&stream, "user", &["query-votes"]).await;
        assert_eq!(refused_for(votes("dan").await), "ReadChannel");
        grant(&stream, "user", &["query-votes", "read-channel"]).await;
        assert_eq!(votes("dan").await.created()["votes"], json!([]));
    }
}

#[tokio::test]
async fn an_anonymous_poll_with_votes_stays_anonymous() {
    for dialect in BOTH {
        let stream = polling(dialect).await;
        let poll = json!({"id": "p", "name": "x", "options": [{"id": "o", "text": "y"}], "voting_visibility": "anonymous"});
        make(&stream, "ben", poll.clone()).await;
        send(&stream, "ben", json!({"id": "m", "poll_id": "p"})).await.created();
        let patch = async |how: &str| call(&stream, "ben", Method::PATCH, "/polls/p", json!({"set": {"voting_visibility": how}})).await;
        patch("public").await.ok();
        patch("anonymous").await.ok();
        vote(&stream, "cleo", json!({"option_id": "o"})).await.created();
        let text = "voting_visibility: stays anonymous: there are votes, cast by people who were told so";
        assert_eq!(patch("public").await.error(), error(400, 4, "UpdatePollPartial", text));
        let mut public = poll;
        public["voting_visibility"] = json!("public");
        assert_eq!(call(&stream, "ben", Method::PUT, "/polls", public).await.error(), error(400, 4, "UpdatePoll", text));
        let seen = stream.get("/polls/p").await.ok();
        assert_eq!(seen["poll"]["latest_votes_by_option"]["o"][0].get("user_id"), None);
    }
}
