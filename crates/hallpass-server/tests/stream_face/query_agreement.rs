//! However a query is answered, by looking up what the filter names or by looking at everything, the answer is the same.
//!
//! `{"$nor": [{"$nor": [F]}]}` means what `F` means, and names nothing that could be looked up. So each generated filter is asked both ways.

use hallpass::Timestamp;
use serde_json::{Value, json};

use super::client::{Dialect, From, Stream};

/// Filters of each kind of query; each is another one.
const FILTERS: u64 = 250;

/// Numbers that look random, the same ones in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn some(&mut self, of: &[Value]) -> Value {
        (0..self.below(4)).map(|_| self.one(of).clone()).collect()
    }
}

/// A field, and values to compare it with.
type Field = (&'static str, Vec<Value>);

fn condition(dice: &mut Dice, fields: &[Field]) -> Value {
    let (name, values) = dice.one(fields);
    let one = dice.one(values).clone();
    let test = match dice.below(13) {
        0..=2 => one,
        3 => json!({ "$eq": one }),
        4..=5 => json!({ "$in": dice.some(values) }),
        6 => json!({ "$nin": dice.some(values) }),
        7 => json!({ "$ne": one }),
        8 => json!({ "$exists": dice.below(2) == 0 }),
        9 => json!({ *dice.one(&["$gt", "$gte", "$lt", "$lte"]): one }),
        10 => json!({ "$contains": one }),
        11 => json!({ "$eq": dice.some(values) }),
        _ => json!({ "$gte": one, "$in": dice.some(values) }),
    };
    json!({ *name: test })
}

fn filter(dice: &mut Dice, fields: &[Field], depth: usize) -> Value {
    if depth == 0 || dice.below(3) == 0 {
        return condition(dice, fields);
    }
    let parts: Vec<Value> = (0..1 + dice.below(3)).map(|_| filter(dice, fields, depth - 1)).collect();
    match dice.below(6) {
        0..=2 => json!({ "$and": parts }),
        3..=4 => json!({ "$or": parts }),
        _ => json!({ "$nor": parts }),
    }
}

fn values(of: &[&str]) -> Vec<Value> {
    of.iter().map(|text| json!(text)).collect()
}

/// Asks for what each filter finds, and for what it finds when it is wrapped: first these, then generated ones.
async fn both_ways(first: &[Value], fields: &[Field], sorts: &[Value], seed: u64, ask: impl AsyncFn(Value) -> Value) {
    let mut dice = Dice(seed);
    let (mut found, mut empty) = (0, 0);
    let generated: Vec<Value> = (0..FILTERS).map(|_| filter(&mut dice, fields, 3)).collect();
    for filter in first.iter().chain(&generated) {
        let mut request =
            json!({"filter_conditions": filter, "sort": dice.one(sorts), "limit": 3 + dice.below(20), "offset": dice.below(3)});
        let answer = ask(request.clone()).await;
        request["filter_conditions"] = json!({"$nor": [{"$nor": [filter]}]});
        assert_eq!(answer, ask(request).await, "{filter}");
        *(if answer.as_array().unwrap().is_empty() { &mut empty } else { &mut found }) += 1;
    }
    assert!(found > 30 && empty > 30, "filters that find nothing, or nothing else, show nothing: {found} and {empty}");
}

const PEOPLE: &[&str] = &["ana", "ben", "cleo", "dan", "eve", "fay", "gus", "hal"];

fn later(stream: &Stream) {
    let clock = &stream.server.clock;
    clock.set(Timestamp(clock.now().0 + 60_000));
}

async fn town() -> Stream {
    let stream = Stream::new(Dialect::Flat).await;
    let users = PEOPLE.iter().zip(20..).map(|(id, age)| {
        let name = format!("{} of {}", id.to_uppercase(), if age % 2 == 0 { "Lima" } else { "Oslo" });
        ((*id).to_owned(), json!({"id": id, "name": name, "age": age, "role": if age % 3 == 0 { "admin" } else { "user" }}))
    });
    stream.post("/users", json!({"users": users.collect::<serde_json::Map<_, _>>()})).await.created();
    let mut dice = Dice(7);
    for at in 0..24 {
        let channel_type = *dice.one(&["messaging", "team", "gaming"]);
        let owner = *dice.one(PEOPLE);
        let mut members: Vec<&str> = (0..dice.below(5)).map(|_| *dice.one(PEOPLE)).collect();
        members.sort_unstable();
        members.dedup();
        let id = format!("c{}", at % 12);
        stream.channel(channel_type, &id, owner, &members).await;
        let path = format!("/channels/{channel_type}/{id}");
        let set = json!({"color": dice.one(&["red", "blue"]), "frozen": dice.below(4) == 0});
        stream.patch(&path, json!({ "set": set })).await.ok();
        for member in &members {
            if dice.below(4) == 0 {
                stream.post(&format!("{path}/hide"), json!({ "user_id": member })).await.created();
            }
        }
        if dice.below(2) == 0 {
            later(&stream);
            stream.post(&format!("{path}/message"), json!({"message": {"text": "hello", "user_id": dice.one(PEOPLE)}})).await.created();
        }
    }
    stream
}

#[tokio::test]
async fn channels() {
    let stream = town().await;
    let cids = ["messaging:c0", "messaging:c1", "team:c1", "team:c2", "gaming:c3", "gaming:none", "broken"];
    let fields = [
        ("cid", values(&cids)),
        ("id", values(&["c0", "c1", "c2", "c3", "none"])),
        ("type", values(&["messaging", "team", "gaming", "none"])),
        ("members", values(PEOPLE)),
        ("members", values(PEOPLE)),
        ("joined", vec![json!(true), json!(false)]),
        ("invite", values(&["accepted", "pending"])),
        ("hidden", vec![json!(true), json!(false)]),
        ("frozen", vec![json!(true), json!(false)]),
        ("color", values(&["red", "blue"])),
        ("member_count", vec![json!(0), json!(1), json!(3)]),
        ("created_by_id", values(PEOPLE)),
    ];
    let sorts = [
        json!([]),
        json!([{"field": "last_message_at", "direction": -1}]),
        json!([{"field": "cid", "direction": 1}]),
        json!([{"field": "color", "direction": 1}]),
        json!([{"field": "member_count", "direction": -1}, {"field": "id", "direction": 1}]),
    ];
    for (seed, acting) in [(1, None), (2, Some("ana"))] {
        let first = [
            json!({"type": {"$in": ["team", "messaging", "team"]}}),
            json!({"members": {"$eq": []}}),
            json!({"members": []}),
            json!({"members": {"$ne": ["ana", "ben"]}}),
            json!({"members": ["ben", "ana"]}),
            json!({"$or": [{"cid": "team:c1"}, {"members": "ana"}, {"type": "gaming", "id": {"$in": ["c3", "c5"]}}]}),
            json!({"$or": []}),
        ];
        both_ways(&first, &fields, &sorts, seed, async |mut request| {
            request["user_id"] = json!(acting);
            let answer = stream.post("/channels", request).await.created();
            answer["channels"].as_array().unwrap().iter().map(|state| state["channel"]["cid"].clone()).collect()
        })
        .await;
    }
}

#[tokio::test]
async fn users() {
    let stream = town().await;
    later(&stream);
    stream.post("/users", json!({"users": {"zoe": {"id": "zoe", "name": "Zoe of Lima"}}})).await.created();
    let fields = [
        ("id", values(PEOPLE)),
        ("id", values(&["zoe", "nobody", "dan"])),
        ("role", values(&["admin", "user"])),
        ("name", values(&["ANA of Lima", "BEN of Oslo"])),
        ("age", vec![json!(20), json!(23), json!(26)]),
        ("banned", vec![json!(true), json!(false)]),
    ];
    let sorts =
        [json!([]), json!([{"field": "id", "direction": 1}]), json!([{"field": "id", "direction": -1}]), json!([{"field": "role"}])];
    both_ways(&[], &fields, &sorts, 3, async |request| {
        let answer = stream.query(From::Server, "/users", request).await.ok();
        answer["users"].as_array().unwrap().iter().map(|user| user["id"].clone()).collect()
    })
    .await;
}

#[tokio::test]
async fn members() {
    let stream = town().await;
    stream.channel("messaging", "all", "ana", PEOPLE).await;
    stream.post("/channels/messaging/all", json!({"add_moderators": ["ben", "eve"]})).await.created();
    let fields = [
        ("user_id", values(PEOPLE)),
        ("id", values(&["ana", "nobody", "dan"])),
        ("name", values(&["ANA of Lima", "BEN of Oslo"])),
        ("user.name", values(&["CLEO of Lima"])),
        ("channel_role", values(&["channel_moderator", "channel_member"])),
        ("joined", vec![json!(true), json!(false)]),
    ];
    let sorts = [json!([]), json!([{"field": "user_id", "direction": 1}]), json!([{"field": "name", "direction": -1}])];
    both_ways(&[], &fields, &sorts, 4, async |mut request| {
        request["type"] = json!("messaging");
        request["id"] = json!("all");
        let answer = stream.query(From::Server, "/members", request).await.ok();
        answer["members"].as_array().unwrap().iter().map(|member| member["user_id"].clone()).collect()
    })
    .await;
}

#[tokio::test]
async fn bans() {
    let stream = town().await;
    let mut dice = Dice(5);
    for id in ["one", "two"] {
        stream.channel("messaging", id, "ana", PEOPLE).await;
    }
    for user in PEOPLE {
        for place in [None, Some("messaging:one"), Some("messaging:two")].into_iter().filter(|_| dice.below(3) > 0).collect::<Vec<_>>() {
            let ban = json!({"target_user_id": user, "channel_cid": place, "shadow": dice.below(2) == 0, "banned_by_id": "ana"});
            stream.post("/moderation/ban", ban).await.created();
        }
    }
    let fields = [
        ("user_id", values(PEOPLE)),
        ("channel_cid", values(&["messaging:one", "messaging:two"])),
        ("shadow", vec![json!(true), json!(false)]),
        ("banned_by_id", values(&["ana", "ben"])),
    ];
    both_ways(&[], &fields, &[json!([]), json!([{"field": "user_id", "direction": -1}])], 6, async |request| {
        let answer = stream.query(From::Server, "/query_banned_users", request).await.ok();
        answer["bans"].as_array().unwrap().iter().map(|ban| json!([ban["user"]["id"], ban["channel"]["cid"], ban["shadow"]])).collect()
    })
    .await;
}

#[tokio::test]
async fn flags() {
    let stream = town().await;
    let mut messages = Vec::new();
    for at in 0..12 {
        let id = format!("m{at}");
        stream.channel("messaging", "flagged", "ana", PEOPLE).await;
        let message = json!({"id": id, "text": "rude", "user_id": PEOPLE[at % 3]});
        stream.post("/channels/messaging/flagged/message", json!({ "message": message })).await.created();
        stream.post("/moderation/flag", json!({"target_message_id": id, "user_id": "hal"})).await.created();
        messages.push(json!(id));
    }
    for user in PEOPLE.iter().take(4) {
        stream.post("/moderation/flag", json!({"target_user_id": user, "user_id": "hal"})).await.created();
        messages.push(json!(user));
    }
    let all = stream.post("/moderation/reports", json!({"filter_conditions": {}, "limit": 100})).await.created();
    let ids: Vec<Value> = all["flag_reports"].as_array().unwrap().iter().map(|report| report["id"].clone()).collect();
    let fields = [
        ("id", ids.clone()),
        ("report_id", ids.clone()),
        ("message_id", messages.clone()),
        ("entity_id", messages),
        ("entity_type", values(&["stream:user", "stream:chat:v1:message"])),
        ("user_id", values(PEOPLE)),
        ("channel_cid", values(&["messaging:flagged", "messaging:none"])),
    ];
    let listed = |answer: &Value, list: &str, field: &str| -> Value {
        answer[list].as_array().unwrap().iter().map(|item| item[field].clone()).collect()
    };
    let sorts = [json!([]), json!([{"field": "id", "direction": 1}])];
    both_ways(&[], &fields, &sorts, 8, async |request| {
        listed(&stream.post("/moderation/reports", request).await.created(), "flag_reports", "id")
    })
    .await;
    both_ways(&[], &fields, &sorts, 9, async |request| {
        listed(&stream.post("/moderation/flags", request).await.created(), "flags", "entity_id")
    })
    .await;
    both_ways(&[], &fields, &sorts, 10, async |mut request| {
        request["filter"] = request["filter_conditions"].take();
        let answer = stream.post("/moderation/review_queue", request).await.created();
        let items = listed(&answer, "items", "id");
        if items == json!([]) { items } else { json!([items, answer["stats"], answer["next"]]) }
    })
    .await;
}
