using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Feed;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>What a hunt's feed tells whom, and that it goes on from any place without a gap and without repeating anything.</summary>
public sealed class FeedTests(WholeEngine engine) : IClassFixture<WholeEngine>
{
    private static HuntDefinition Hunt(string slug) => Published.Definition(slug) with
    {
        Treasures =
        [
            new Treasure
            {
                Id = "gate", Title = "The gate", Clue = "Where the moat was dry.", Answer = new AnswerRule(["drawbridge"]),
                Value = new ValueRule { Fixed = 50 }, Hints = [new Hint("h1", "Look down.", 5)],
            },
            new Treasure { Id = "clock", Title = "The clock", Clue = "I show the hour.", Answer = new AnswerRule(["town hall"]), Value = new ValueRule { Fixed = 100 } },
        ],
    };

    private async Task<string> VersionAsync(Task<System.Text.Json.Nodes.JsonNode> outcome) => ((long)(await outcome)["version"]!).ToString(CultureInfo.InvariantCulture);

    private Task<string> RegisterAsync(string hunt, string player, string team) =>
        VersionAsync(engine.ActAsync(hunt, engine.Player(player), "RegisterTeam", ("team", team), ("name", $"Name of {team}"), ("code", "s3cret")));

    private Task<string> GuessAsync(string hunt, string player, string treasure, string guess) =>
        VersionAsync(engine.ActAsync(hunt, engine.Player(player), "SubmitAnswer", ("treasure", treasure), ("guess", guess)));

    private async Task SteerAsync(string hunt, string verb) =>
        Assert.Equal(HttpStatusCode.OK, (await engine.Ingress.SendAsync(HttpMethod.Post, $"/hunts/{hunt}/{verb}", null, engine.Organiser)).StatusCode);

    [Fact]
    public async Task Everybody_hears_who_comes_and_finds_and_only_a_team_hears_its_wrong_guesses_and_hints()
    {
        const string hunt = "feed-who";
        await engine.PublishAsync(Hunt(hunt));
        await using var eve = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("eve"));
        await using var ada = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("ada"));
        await using var organiser = await Follower.OpenAsync(engine.Ingress, hunt, engine.Organiser, query: "?live=true");

        await RegisterAsync(hunt, "ada", "red");                                                                           // 2
        await engine.ActAsync(hunt, engine.Player("bob"), "JoinTeam", ("team", "red"), ("code", "s3cret"));                // 3
        await GuessAsync(hunt, "bob", "gate", "portcullis");                                                               // 4
        await GuessAsync(hunt, "bob", "gate", "portcullis");                                                               // 5, repeated
        await engine.ActAsync(hunt, engine.Player("ada"), "TakeHint", ("treasure", "gate"), ("hint", "h1"));               // 6
        await engine.ActAsync(hunt, engine.Player("eve"), "SubmitAnswer", ("treasure", "gate"), ("guess", "drawbridge"));  // 7, refused
        var found = await GuessAsync(hunt, "ada", "gate", "drawbridge");                                                   // 8

        string[] publicly = ["2 team-registered red", "8 treasure-found red gate"];
        string[] all = ["2 team-registered red", "3 team-joined red", "4 answer-wrong red gate", "6 hint-taken red gate", "8 treasure-found red gate"];
        Assert.Equal(publicly, await eve.UntilAsync(found));
        Assert.Equal(all, await ada.UntilAsync(found));
        Assert.Equal(all, await organiser.UntilAsync(found));
        await using var past = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("ada"), query: "?after=0");
        Assert.Equal(["1 hunt-published", .. all], await past.UntilAsync(found));
    }

    [Fact]
    public async Task A_feed_tells_neither_guesses_nor_names_of_people_and_teams()
    {
        const string hunt = "feed-secrets";
        await engine.PublishAsync(Hunt(hunt));
        await RegisterAsync(hunt, "ada", "red");
        var found = await GuessAsync(hunt, "ada", "gate", "DrawBridge");
        await using var organiser = await Follower.OpenAsync(engine.Ingress, hunt, engine.Organiser, query: "?after=0&live=true");
        for (var next = await organiser.NextAsync(); ; next = await organiser.NextAsync())
        {
            foreach (var secret in new[] { "ada", "Name of", "rawBridge", "drawbridge", "moat", "s3cret", "Mac" }) Assert.DoesNotContain(secret, next.Data);
            if (next.EventId == found) break;
        }
    }

    [Fact]
    public async Task A_cut_connection_goes_on_where_it_was_whether_from_memory_or_from_the_store()
    {
        const string hunt = "feed-cut";
        await engine.PublishAsync(Hunt(hunt));
        var stays = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("zoe"));
        var told = new List<string>();
        var place = "0";
        for (var round = 0; round < 6; round++)
        {
            if (round == 3) await stays.DisposeAsync(); // from here on nothing is kept while nobody follows
            await using var follower = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("eve"), place);
            var heard = await RegisterAsync(hunt, $"p{round}", $"team-{round}");
            told.AddRange(await follower.UntilAsync(heard));
            Assert.Equal(heard, place = follower.Place);
            await follower.DisposeAsync();
            await GuessAsync(hunt, $"p{round}", "gate", "drawbridge"); // while the connection is cut
        }
        string[] expected = ["1 hunt-published", .. Enumerable.Range(0, 6).SelectMany(i => new[] { $"{2 * i + 2} team-registered team-{i}", $"{2 * i + 3} treasure-found team-{i} gate" })];
        Assert.Equal(expected[..^1], told);
    }

    [Fact]
    public async Task What_a_freeze_holds_back_follows_with_the_thaw_and_every_place_in_the_feed_is_one_to_go_on_from()
    {
        const string hunt = "feed-freeze";
        await engine.PublishAsync(Hunt(hunt));
        await RegisterAsync(hunt, "ada", "red");              // 2
        await RegisterAsync(hunt, "bob", "blue");             // 3
        await GuessAsync(hunt, "bob", "gate", "drawbridge");  // 4
        await SteerAsync(hunt, "freeze");                     // 5
        await using var eve = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("eve"));
        await GuessAsync(hunt, "ada", "gate", "drawbridge");  // 6, held back
        await RegisterAsync(hunt, "cid", "green");            // 7, held back
        await GuessAsync(hunt, "cid", "clock", "sundial");    // 8, green's own
        await SteerAsync(hunt, "pause");                      // 9
        Assert.Equal(["9 hunt-paused"], await eve.UntilAsync("9"));
        await SteerAsync(hunt, "resume");                     // 10
        await GuessAsync(hunt, "bob", "clock", "town hall");  // 11, held back
        await SteerAsync(hunt, "thaw");                       // 12
        await SteerAsync(hunt, "freeze");                     // 13
        await GuessAsync(hunt, "ada", "clock", "town hall");  // 14, held back
        await SteerAsync(hunt, "thaw");                       // 15
        var last = await GuessAsync(hunt, "cid", "clock", "town hall"); // 16

        string[] before = ["1 hunt-published", "2 team-registered red", "3 team-registered blue", "4 treasure-found blue gate", "5 board-frozen"];
        string[] publicly =
        [
            .. before, "9 hunt-paused", "10 hunt-resumed", "12.6 treasure-found red gate", "12.7 team-registered green", "12.11 treasure-found blue clock",
            "12 board-thawed", "13 board-frozen", "15.14 treasure-found red clock", "15 board-thawed", "16 treasure-found green clock",
        ];
        string[] ofGreen =
        [
            .. before, "7 team-registered green", "8 answer-wrong green clock", "9 hunt-paused", "10 hunt-resumed", "12.6 treasure-found red gate",
            "12.11 treasure-found blue clock", "12 board-thawed", "13 board-frozen", "15.14 treasure-found red clock", "15 board-thawed", "16 treasure-found green clock",
        ];
        string[] ofOrganisers =
        [
            .. before, "6 treasure-found red gate", "7 team-registered green", "8 answer-wrong green clock", "9 hunt-paused", "10 hunt-resumed",
            "11 treasure-found blue clock", "12 board-thawed", "13 board-frozen", "14 treasure-found red clock", "15 board-thawed", "16 treasure-found green clock",
        ];
        Assert.Equal(publicly.SkipWhile(told => told != "10 hunt-resumed"), await eve.UntilAsync(last));
        await GoesOnFromEverywhereAsync(hunt, engine.Player("eve"), "", publicly);
        await GoesOnFromEverywhereAsync(hunt, engine.Player("cid"), "", ofGreen);
        await GoesOnFromEverywhereAsync(hunt, engine.Organiser, "?live=true", ofOrganisers);
    }

    private async Task GoesOnFromEverywhereAsync(string hunt, string token, string query, string[] whole)
    {
        var last = whole[^1].Split(' ')[0];
        for (var i = 0; i < whole.Length; i++)
        {
            await using var follower = await Follower.OpenAsync(engine.Ingress, hunt, token, i == 0 ? "0" : whole[i - 1].Split(' ')[0], query);
            Assert.Equal(whole[i..], await follower.UntilAsync(last));
        }
    }

    [Fact]
    public async Task A_hunt_longer_than_memory_is_told_from_its_beginning_and_joins_what_happens_now()
    {
        const string hunt = "feed-long";
        await engine.PublishAsync(Hunt(hunt));
        await RegisterAsync(hunt, "ada", "red");
        await using var first = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("ada"));
        var guesses = FeedLog.MaxEntriesKept + 3 * FeedPages.FactsPerPage;
        await GuessWronglyAsync(hunt, "red", 0, guesses);
        await using var late = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("ada"), query: "?after=0");
        await GuessWronglyAsync(hunt, "red", guesses, 300);
        var found = await GuessAsync(hunt, "ada", "gate", "drawbridge");
        string[] wrong = [.. Enumerable.Range(3, guesses + 300).Select(version => $"{version} answer-wrong red gate")];
        string[] whole = ["1 hunt-published", "2 team-registered red", .. wrong, $"{found} treasure-found red gate"];
        Assert.Equal(whole, await late.UntilAsync(found));
        Assert.Equal(whole[2..], await first.UntilAsync(found));
    }

    [Fact]
    public async Task Announcements_that_were_lost_are_read_from_the_store()
    {
        const string hunt = "feed-lost";
        await Published.HuntAsync(engine.Options, hunt);
        await using var follower = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("eve"));
        var views = engine.Ingress.Service<HuntViews>();
        views.FeedIsDown();
        try
        {
            for (var version = 2; version <= 5; version++)
            {
                var id = Guid.CreateVersion7();
                await Published.FactAsync(engine.Options, hunt, version, id, new TeamRegistered($"team-{version}") { Stamp = Published.Stamp(id, "partner") });
            }
            Assert.Equal(Enumerable.Range(2, 4).Select(version => $"{version} team-registered team-{version}"), await follower.UntilAsync("5"));
        }
        finally
        {
            views.FeedIsUp();
        }
    }

    [Fact]
    public async Task A_place_that_no_feed_gave_out_is_400_one_ahead_of_the_hunt_is_412_and_live_is_for_organisers()
    {
        const string hunt = "feed-wrong";
        await engine.PublishAsync(Hunt(hunt));
        var eve = engine.Player("eve");
        foreach (var place in new[] { "x", "-1", "1.", "1.1", "1.0", "99999999999999999999" })
        {
            using var wrong = await engine.Ingress.OpenAsync(HttpMethod.Get, $"/hunts/{hunt}/feed", null, eve, ("Last-Event-ID", place));
            Assert.True(wrong.StatusCode == HttpStatusCode.BadRequest, $"{place}: {(int)wrong.StatusCode}");
        }
        using var ahead = await engine.Ingress.OpenAsync(HttpMethod.Get, $"/hunts/{hunt}/feed?after=1000", null, eve);
        Assert.Equal(HttpStatusCode.PreconditionFailed, ahead.StatusCode);
        using var live = await engine.Ingress.OpenAsync(HttpMethod.Get, $"/hunts/{hunt}/feed?live=true", null, eve);
        Assert.Equal(HttpStatusCode.Forbidden, live.StatusCode);
    }

    [Fact]
    public async Task Feeds_are_limited_for_each_subject_and_in_all_and_a_closed_one_makes_room()
    {
        const string hunt = "feed-limits";
        await engine.PublishAsync(Hunt(hunt));
        var ada = engine.Player("ada-limits");
        var open = new List<Follower>();
        try
        {
            for (var i = 0; i < HuntFeeds.MaxConnectionsPerSubject; i++) open.Add(await Follower.OpenAsync(engine.Ingress, hunt, ada));
            await IsTurnedAwayAsync(ada, HttpStatusCode.TooManyRequests);
            var feeds = engine.Ingress.Service<HuntFeeds>();
            engine.Ingress.Set(settings => settings with { FeedConnections = feeds.Connections });
            await IsTurnedAwayAsync(engine.Player("eve"), HttpStatusCode.ServiceUnavailable);
            await open[0].DisposeAsync();
            await Eventually.TrueAsync(() => feeds.Connections < HuntFeeds.MaxConnectionsPerSubject);
            open[0] = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("eve"));
        }
        finally
        {
            engine.Ingress.Set(settings => settings with { FeedConnections = 5_000 });
            foreach (var follower in open) await follower.DisposeAsync();
        }

        async Task IsTurnedAwayAsync(string token, HttpStatusCode expected)
        {
            using var answer = await engine.Ingress.OpenAsync(HttpMethod.Get, $"/hunts/{hunt}/feed", null, token);
            Assert.Equal(expected, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        }
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_up_nobody_is_cut_off_and_comes_back_to_its_place()
    {
        const string hunt = "feed-slow";
        const int guesses = 8_000;
        await engine.PublishAsync(Hunt(hunt));
        await RegisterAsync(hunt, "ada", "red");
        using var narrow = new HttpClient(new SocketsHttpHandler { ConnectCallback = NarrowAsync }) { BaseAddress = engine.Ingress.Http.BaseAddress };
        await using var slow = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("ada"), http: narrow);
        await using var quick = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("ada"));

        await GuessWronglyAsync(hunt, "red", 0, guesses);
        string[] whole = [.. Enumerable.Range(3, guesses).Select(version => $"{version} answer-wrong red gate")];
        Assert.Equal(whole, await quick.UntilAsync($"{guesses + 2}"));
        var feeds = engine.Ingress.Service<HuntFeeds>();
        await Eventually.TrueAsync(() => feeds.Connections == 1, seconds: 30);

        var heard = await slow.UntilItEndsAsync();
        Assert.InRange(heard.Count, 1, guesses - 1);
        await using var back = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("ada"), slow.Place);
        heard.AddRange(await back.UntilAsync($"{guesses + 2}"));
        Assert.Equal(whole, heard);
    }

    [Fact]
    public async Task A_feed_that_is_still_behind_ends_with_its_token_and_goes_on_from_its_place_with_the_next()
    {
        const string hunt = "feed-expired";
        const int guesses = 6_000;
        await engine.PublishAsync(Hunt(hunt));
        await RegisterAsync(hunt, "ada", "red");
        await GuessWronglyAsync(hunt, "red", 0, guesses);
        string[] whole = [.. Enumerable.Range(3, guesses).Select(version => $"{version} answer-wrong red gate")];

        using var narrow = new HttpClient(new SocketsHttpHandler { ConnectCallback = NarrowAsync }) { BaseAddress = engine.Ingress.Http.BaseAddress };
        var life = TimeSpan.FromSeconds(4);
        var expires = TimeProvider.System.GetUtcNow() + life;
        var token = engine.Ingress.Token("ada", hunt, [Role.Player], life);
        await using var slow = await Follower.OpenAsync(engine.Ingress, hunt, token, "2", http: narrow);
        await Eventually.TrueAsync(() => TimeProvider.System.GetUtcNow() > expires); // meanwhile it reads nothing, for less than MaxWrite

        var heard = await slow.UntilItEndsAsync();
        Assert.False(slow.WasCut, "The connection was cut.");
        Assert.InRange(heard.Count, 1, guesses - 1);
        await using var back = await Follower.OpenAsync(engine.Ingress, hunt, engine.Player("ada"), slow.Place);
        heard.AddRange(await back.UntilAsync($"{guesses + 2}"));
        Assert.Equal(whole, heard);
    }

    private static async ValueTask<Stream> NarrowAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await socket.ConnectAsync(context.DnsEndPoint, cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A partner guesses for the team, each guess another one.</summary>
    private async Task GuessWronglyAsync(string hunt, string team, int from, int count)
    {
        foreach (var chunk in Enumerable.Range(from, count).Chunk(256))
        {
            var actions = chunk.Select(i => WholeEngine.Action(
                "SubmitAnswer", Guid.CreateVersion7(), ("treasure", "gate"), ("guess", $"wrong {i}"), ("onBehalfOf", team)));
            var answer = await engine.Ingress.PostAsync($"/hunts/{hunt}/actions", $"[{string.Join(',', actions)}]", engine.Service, ("Prefer", "wait=20"));
            Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        }
    }
}
