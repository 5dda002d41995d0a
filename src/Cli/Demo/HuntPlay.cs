using TreasureHunt.Cli.Contests;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// Simulated teams that play a hunt over HTTP, each player with a token of their own: they think, type wrong, type the
/// same again, take hints, press twice, and send again what got no answer. Seeded.
/// </summary>
internal sealed class HuntPlay
{
    public const int PlayersPerTeam = 3;

    private static readonly string[] Adjectives =
        ["Lost", "Brave", "Salty", "Humble", "Golden", "Sleepy", "Northern", "Curious", "Late", "Barefoot", "Polite", "Windy", "Clever", "Stubborn"];
    private static readonly string[] Nouns =
        ["Sardines", "Trams", "Ravens", "Custards", "Pilots", "Azulejos", "Lighthouses", "Herons", "Roosters", "Corks", "Astrolabes", "Poets"];

    private readonly List<Team> _teams = [];
    private readonly Latencies _latencies;
    private readonly TimeProvider _clock = TimeProvider.System;
    private volatile Mood _mood = Mood.Stroll;

    public HuntPlay(EngineDoor door, HuntDefinition hunt, int players, int seed, Ledger ledger, Latencies latencies)
    {
        _latencies = latencies;
        var random = new Random(seed);
        var names = (from adjective in Adjectives from noun in Nouns select $"the-{adjective}-{noun}").ToArray();
        random.Shuffle(names);
        var teams = Math.Max(1, players / PlayersPerTeam);
        var slugs = new Slugs(Enumerable.Range(0, teams).Select(i => ($"{i}", names[i % names.Length])), "team");
        for (var i = 0; i < teams; i++)
        {
            var team = slugs[$"{i}"];
            var notes = new TeamNotes(hunt);
            _teams.Add(new Team(team, Shown(team), $"code-{random.Next(1_000_000):000000}",
            [
                .. Enumerable.Range(1, PlayersPerTeam).Select(n => new Player(
                    door.Sender(hunt.Hunt, $"{team}.{n}", ledger, Role.Player), new PlayerMind(random.Next(), hunt, notes), notes)),
            ]));
        }
    }

    public int Players => _teams.Count * PlayersPerTeam;
    public int Teams => _teams.Count;

    /// <summary>Of all players; takes effect at each one's next action.</summary>
    public Mood Mood { get => _mood; set => _mood = value; }

    /// <summary>Captains register their teams, the others join with the code.</summary>
    public async Task GatherAsync(CancellationToken cancel)
    {
        await Parallel.ForEachAsync(_teams, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancel }, async (team, stop) =>
        {
            await SendAsync(team.Players[0].Sender, new RegisterTeam(team.Slug, team.Name, team.Code) { ActionId = NewId() }, stop);
            foreach (var player in team.Players.Skip(1))
                await SendAsync(player.Sender, new JoinTeam(team.Slug, team.Code) { ActionId = NewId() }, stop);
        });
    }

    /// <summary>Everybody plays until the end is called; what is under way then is still brought home.</summary>
    public Task PlayAsync(CancellationToken end, CancellationToken cancel) =>
        Task.WhenAll(_teams.SelectMany(team => team.Players).Select(player => Task.Run(() => PlayAsync(player, end, cancel), cancel)));

    /// <summary>Sends again whatever is without an answer, until all is known.</summary>
    public async Task SettleAsync(Ledger ledger, CancellationToken cancel)
    {
        var senders = _teams.SelectMany(team => team.Players).ToDictionary(player => player.Sender.Actor, player => player.Sender);
        foreach (var entry in ledger.Entries.Where(entry => entry.Reply is null))
            await senders[entry.Actor].DecideAsync([new SentAction(entry.Action)], cancel);
    }

    private async Task PlayAsync(Player player, CancellationToken end, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await Task.Delay(player.Mind.Think(_mood), _clock, end);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
            if (player.Mind.Next(_mood, _clock.GetUtcNow()) is not { } action) continue;
            var loss = player.Mind.LosesReply() ? player.Mind.LossAfter() : (TimeSpan?)null;
            var twice = player.Mind.PressesTwice() ? player.Sender.DecideAsync([new SentAction(action)], cancel) : null;
            var start = _clock.GetTimestamp();
            var replies = await player.Sender.DecideAsync([new SentAction(action)], cancel, loss);
            _latencies.Add(_clock.GetElapsedTime(start));
            player.Notes.Learn(action, replies[0], _clock.GetUtcNow());
            if (twice is not null) await twice;
        }
    }

    private async Task SendAsync(ActionSender sender, HuntAction action, CancellationToken cancel)
    {
        var start = _clock.GetTimestamp();
        await sender.DecideAsync([new SentAction(action)], cancel);
        _latencies.Add(_clock.GetElapsedTime(start));
    }

    private Guid NewId() => Guid.CreateVersion7(_clock.GetUtcNow());

    private static string Shown(string slug) => string.Join(' ', slug.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private sealed record Team(string Slug, string Name, string Code, IReadOnlyList<Player> Players);

    private sealed record Player(ActionSender Sender, PlayerMind Mind, TeamNotes Notes);
}
