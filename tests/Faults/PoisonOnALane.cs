using System.Text;
using Npgsql;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Tests.Faults.Clients;
using TreasureHunt.Tests.Faults.Fleets;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Faults;

/// <summary>
/// What should never get past the ingress lies on a lane all the same: each is kept with its cause within seconds, and its
/// neighbours, in the same envelope and behind it, do not notice.
/// </summary>
[Collection(SharedFleet.Name)]
public sealed class PoisonOnALane(SharedFleet shared, ITestOutputHelper output)
{
    private const string Actor = "poisoner";
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Unreadable_messages_are_parked_and_the_lane_goes_on()
    {
        var fleet = shared.Fleet;
        await using var scene = await Scene.BeginAsync(fleet, "unreadable", output);
        await scene.PlayAsync(1);
        string[] bodies =
        [
            "{ not JSON at all", "", "null", "42", "[]", """{"hello":"world"}""", """{"lane":2,"sequence":1,"ingress":"x"}""",
            """{"lane":2,"sequence":1,"ingress":"x","actions":null}""", """{"lane":2,"sequence":1,"ingress":"x","actions":[null]}""",
            """{"lane":2,"sequence":1,"ingress":"x","actions":[{"hunt":"h","actor":"a","fingerprint":"f","acceptedAt":"2026-12-01T18:00:00Z","action":null}]}""",
            """{"lane":2,"sequence":1,"ingress":"x","actions":[{"hunt":"h","actor":"a","fingerprint":"f","acceptedAt":"2026-12-01T18:00:00Z","action":{"type":"Nonsense"}}]}""",
            """{"lane":2,"sequence":1,"ingress":"x","actions":[{"hunt":"\ud800","actor":"a","fingerprint":"f","acceptedAt":"2026-12-01T18:00:00Z","action":{"type":"OpenHunt","actionId":"0193a6b2-7c4e-7d1a-9f60-3b1c5e8a2d47"}}]}""",
            new string('[', 500), "{\"x\":\"" + new string('x', 1_000_000) + "\"}", "\u0000\u0001\u0002",
        ];
        const int lane = 2;
        var before = await fleet.ParkedAsync($"lane-{lane}");
        scene.Fault($"{bodies.Length} unreadable messages on lane {lane}");
        foreach (var body in bodies) await fleet.Mail(scene.Client.Ledger).SendAsync(lane, Encoding.UTF8.GetBytes(body));
        await fleet.Mail(scene.Client.Ledger).SendAsync(lane, Encoding.UTF8.GetBytes("plain text"), "text/plain");
        await fleet.UntilParkedAsync($"lane-{lane}", before + bodies.Length + 1, Seconds);
        scene.Say("all of them are parked");
        await scene.LanesAreWorkedAsync();
        await scene.EndAsync();
    }

    [Fact]
    public async Task An_action_that_the_store_refuses_is_parked_alone()
    {
        var fleet = shared.Fleet;
        await using var scene = await Scene.BeginAsync(fleet, "refused", output);
        var ledger = scene.Client.Ledger;
        var hunts = ledger.Hunts;
        await scene.PlayAsync(1);
        using var seal = new Seal(fleet.Options.SealKeyId, fleet.Options.SealKey);
        var mail = fleet.Mail(ledger);
        (string What, Func<AcceptedAction, AcceptedAction> Change)[] poisons =
        [
            ("a NUL in a team's name", accepted => accepted with { Action = new RegisterTeam("nul-name", "A\0B") { ActionId = accepted.Action.ActionId } }),
            ("a NUL in a team's id", accepted => accepted with { Action = new RegisterTeam("nul\0id", "Fine") { ActionId = accepted.Action.ActionId } }),
            ("a NUL in the player's name", accepted => accepted with { Actor = "pla\0yer" }),
            ("a fingerprint that is none", accepted => accepted with { Fingerprint = "short" }),
            ("a guess sealed by nobody", accepted => accepted with { Action = new SubmitAnswer(LoadHunt.Gate, "s1.k1.AAAA") { ActionId = accepted.Action.ActionId } }),
            ("a clock far ahead", accepted => accepted with { AcceptedAt = DateTimeOffset.MaxValue }),
            ("a NUL in the hunt", accepted => accepted with { Hunt = "hu\0nt" }),
            ("a hunt's name of 100 KB", accepted => accepted with { Hunt = new string('h', 100_000) }),
        ];
        for (var i = 0; i < poisons.Length; i++)
        {
            var hunt = hunts[i % hunts.Count];
            var (what, change) = poisons[i];
            var id = Guid.CreateVersion7(fleet.Clock.GetUtcNow());
            var plain = new RegisterTeam($"poison-{i}", "Poison") { ActionId = id };
            ledger.Begin(hunt, Actor, byService: false, plain);
            var poison = change(new AcceptedAction(hunt, Actor, ActionSeal.Fingerprint(plain, seal), fleet.Clock.GetUtcNow(), ActionSeal.Close(plain, hunt, seal)));
            LedgerEntry[] neighbours =
            [
                .. ledger.Begin(hunt, $"before-{i}", byService: false, new RegisterTeam($"before-{i}", "Before") { ActionId = Guid.CreateVersion7() }),
                .. ledger.Begin(hunt, $"after-{i}", byService: false, new RegisterTeam($"after-{i}", "After") { ActionId = Guid.CreateVersion7() }),
            ];
            var around = neighbours.Select(entry => new AcceptedAction(
                hunt, entry.Actor, ActionSeal.Fingerprint(entry.Action, seal), fleet.Clock.GetUtcNow(), ActionSeal.Close(entry.Action, hunt, seal))).ToArray();
            scene.Fault(what);
            await mail.SendAsync(new Envelope(mail.LaneOf(hunt), i + 1, "test-mail", [around[0], poison, around[1]]));
            foreach (var entry in neighbours) entry.AcceptedAt = fleet.Clock.GetTimestamp();
            scene.Say($"parked: {await CauseAsync(fleet.Data, id, what)}");
            foreach (var entry in neighbours) Assert.Equal(FactNames.TeamRegistered, await FactOfAsync(fleet.Data, entry.EventId, what));
        }
        await scene.LanesAreWorkedAsync();
        await scene.EndAsync();
    }

    private static Task<string> CauseAsync(NpgsqlDataSource data, Guid actionId, string what) =>
        SoonAsync(data, "select cause from hunts.parked where action_id = $1", actionId, $"{what} is not parked");

    private static Task<string> FactOfAsync(NpgsqlDataSource data, Guid eventId, string what) =>
        SoonAsync(data, "select type from hunts.mt_events where id = $1", eventId, $"a neighbour of {what} is not stored");

    private static async Task<string> SoonAsync(NpgsqlDataSource data, string sql, Guid id, string otherwise)
    {
        for (var left = Seconds; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(100))
        {
            await using var select = data.CreateCommand(sql);
            select.Parameters.AddWithValue(id);
            if (await select.ExecuteScalarAsync() is string found) return found;
            await Task.Delay(100);
        }
        throw new Xunit.Sdk.XunitException($"{otherwise} within {Seconds}.");
    }
}
