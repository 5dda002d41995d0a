using TreasureHunt.Cli.Contests;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Ingress.Actions;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// One contest through a running engine, from publication to verdict, as a partner's back end would do it: over HTTP,
/// with a service's token. What is done to the engine meanwhile is the caller's business.
/// </summary>
internal sealed class ContestRound
{
    private readonly EngineDoor _door;
    private readonly Contest _contest;
    private readonly ContestHunt _plan;
    private readonly string? _folder;
    private readonly Ledger _ledger = new();
    private readonly Organiser _organiser;

    /// <param name="folder">where expected results may lie beside the log</param>
    /// <param name="speed">contest seconds a second</param>
    /// <param name="hunt">slug; null: made from the contest's name</param>
    public ContestRound(EngineDoor door, Contest contest, string? folder, double speed, string? hunt = null)
    {
        (_door, _contest, _plan, _folder) = (door, contest, new ContestHunt(contest, hunt), folder);
        _organiser = new Organiser(door, _plan.Hunt, _ledger);
        Replay = new ContestReplay(contest, _plan, door.Sender(_plan.Hunt, "importer", _ledger, Role.Service), speed, TimeProvider.System);
    }

    public string Hunt => _plan.Hunt;
    public ContestReplay Replay { get; }

    /// <summary>Publishes the contest and registers its teams.</summary>
    public async Task BeginAsync(CancellationToken cancel)
    {
        await _organiser.PublishAsync(_plan.Definition, cancel);
        await Replay.RegisterAsync(cancel);
    }

    /// <summary>After all runs: learns every outcome, reads the frozen board, thaws, reads the final one, compares and counts.</summary>
    public async Task<ContestResult> ConcludeAsync(CancellationToken cancel)
    {
        await Replay.SettleAsync(cancel);
        var version = _ledger.Entries.Max(entry => entry.Reply?.Version ?? 0);
        var spectator = _door.Api("spectator", _plan.Hunt, Role.Player);
        IReadOnlyList<BoardEntry>? frozen = null;
        if (_contest.FreezeAt is not null)
        {
            frozen = Entries(await ServedBoard.GetAsync(spectator, _plan.Hunt, ServedBoard.AllRows, version, cancel));
            if (await _organiser.ThawAsync(cancel) is { Version: { } thawed }) version = thawed;
        }
        var board = await ServedBoard.GetAsync(spectator, _plan.Hunt, ServedBoard.AllRows, version, cancel);
        var comparisons = ContestVerification.Compare(_contest, _folder, new EngineResult(frozen, Entries(board), Firsts()));

        var stored = new List<Guid>();
        var books = await Conservation.CheckAsync(_ledger, _door.Facts.ReadAsync(_plan.Hunt, 0, cancel), fact => stored.Add(fact.Fact.Stamp!.ActionId));
        var ordered = Replay.IdsInOrder.ToList();
        return new ContestResult(board, comparisons, books, ordered.SequenceEqual(stored.Skip(1).Take(ordered.Count)));
    }

    private List<BoardEntry> Entries(ServedBoard board) =>
    [
        .. board.Rows.Select(row => new BoardEntry(
            row.Rank, _plan.Teams.IdOf(row.Team) ?? row.Team, row.Solved, row.PenaltyMinutes, row.LastFindAt - _contest.Start)),
    ];

    /// <summary>From the engine's own answers: who was told to be finder number one.</summary>
    private List<FirstSolve> Firsts() =>
    [
        .. _ledger.Entries.Select(entry => entry.Reply)
            .Where(reply => reply is { Fact: FactNames.TreasureFound, Ordinal: 1 })
            .Select(reply => new FirstSolve(_plan.Treasures.IdOf(reply!.Treasure!)!, _plan.Teams.IdOf(reply.Team!)!, reply.At!.Value - _contest.Start)),
    ];
}

/// <param name="OrderKept">the stream holds the registrations and runs in the order of the contest</param>
internal sealed record ContestResult(ServedBoard Board, IReadOnlyList<Comparison> Comparisons, Conservation Books, bool OrderKept)
{
    public bool Holds => Books.Holds && OrderKept && Comparisons.All(comparison => comparison.Agrees);
}
