using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Contests;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// A recorded contest through the real pipeline, with one processor killed and the other restarted on the way; then its
/// boards are compared with what is known of the contest.
/// </summary>
internal sealed class ContestDemo
{
    /// <summary>A replay lasts this long unless the caller says otherwise: long enough that there is something to kill.</summary>
    public static readonly TimeSpan UsualReplay = TimeSpan.FromSeconds(30);
    private const int BoardRows = 10, MaxDifferences = 20;

    private readonly DemoStage _stage;
    private readonly DemoOptions _options;
    private readonly Contest _contest;
    private readonly double _speed;
    private readonly DemoScreen _screen;
    private readonly ContestRound _round;

    public ContestDemo(DemoStage stage, DemoOptions options, Contest contest)
    {
        (_stage, _options, _contest) = (stage, options, contest);
        _speed = options.Speed ?? Math.Max(1, contest.Duration / UsualReplay);
        _screen = new DemoScreen(contest.Name);
        _round = new ContestRound(stage.Door, contest, Directory.Exists(options.ContestFolder) ? options.ContestFolder : null, _speed);
    }

    /// <summary>Read before anything is started.</summary>
    public static async Task<Contest> ReadAsync(string folder, CancellationToken cancel)
    {
        Contest contest;
        try
        {
            contest = await ContestFolder.ReadAsync(folder, cancel);
        }
        catch (ContestFormatException wrong)
        {
            throw new CommandFailed(ExitCode.Usage, wrong.Message, wrong);
        }
        if (contest.End > TimeProvider.System.GetUtcNow())
            throw new CommandFailed(ExitCode.Usage, $"The contest ends at {contest.End:yyyy-MM-dd'T'HH:mm'Z'}, which is still to come; a log of a finished one is needed.");
        return contest;
    }

    public async Task<ExitCode> RunAsync(CancellationToken cancel)
    {
        Screen.Note($"{_contest.Name}: {_contest.Teams.Count} teams, {_contest.Problems.Count} problems, {_contest.Runs.Count} runs, {_contest.Duration:h\\:mm\\:ss}"
            + (_contest.FreezeAt is { } freeze ? $", frozen from {freeze:h\\:mm\\:ss}" : ", no freeze"));
        foreach (var note in _contest.Notes) Screen.Note("  " + note);
        Screen.Note($"The clock is compressed: {_speed:0.#} times as fast as the contest was; every action carries the log's own time.");

        await _round.BeginAsync(cancel);
        await _screen.ShowAsync(ReplayAsync(cancel), Figures);
        var result = await Screen.StepAsync("all is sent again with the same ids, to learn what became of it; then compared", () => _round.ConcludeAsync(cancel));
        Print(result);
        return result.Holds ? ExitCode.Ok : ExitCode.Different;
    }

    /// <summary>The producer, and beside it what is done to the processors. Both must come to an end.</summary>
    private async Task ReplayAsync(CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var faults = FaultsAsync(stop.Token);
        Task[] both = [_round.Replay.RunAsync(faults, stop.Token), faults];
        if (await Task.WhenAny(both) is { IsFaulted: true }) await stop.CancelAsync();
        await Task.WhenAll(both);
        _screen.Say("all runs are in");
    }

    private async Task FaultsAsync(CancellationToken cancel)
    {
        await SentAsync(0.35, cancel);
        var killed = await _stage.KillDeciderAsync(_round.Hunt, _screen, cancel);
        await SentAsync(0.50, cancel);
        await _stage.Services.StartProcessorAsync(killed, cancel);
        _screen.Say($"{ServiceProcesses.Processor(killed)} is back");

        await SentAsync(0.70, cancel);
        var other = DemoStage.Processors + 1 - killed;
        await _stage.Services.StopProcessorAsync(other);
        _screen.Say($"{ServiceProcesses.Processor(other)} stopped in order (SIGTERM): it gave its lanes back");
        await _stage.Services.StartProcessorAsync(other, cancel);
        _screen.Say($"{ServiceProcesses.Processor(other)} is back");
    }

    /// <summary>Waits until this share of the runs is with the broker.</summary>
    private async Task SentAsync(double share, CancellationToken cancel)
    {
        while (_round.Replay.Sent < share * _round.Replay.Total) await Task.Delay(20, cancel);
    }

    private IReadOnlyList<(string, string)> Figures() =>
    [
        ("contest clock", $"{_round.Replay.ContestTime:h\\:mm\\:ss} of {_contest.Duration:h\\:mm\\:ss}, {_speed:0.#} times as fast"),
        ("runs", $"{_round.Replay.Sent:N0} of {_round.Replay.Total:N0} accepted by the broker"),
        ("processors", _stage.ProcessorStates),
    ];

    private void Print(ContestResult result)
    {
        if (_options.Json)
        {
            Screen.Json(new
            {
                hunt = _round.Hunt, contest = _contest.Name, speed = _speed, holds = result.Holds, comparisons = result.Comparisons,
                conservation = result.Books, orderKept = result.OrderKept, notes = _contest.Notes,
            });
            return;
        }
        var board = result.Board;
        Screen.Line();
        Screen.Table(["rank", "team", "solved", "penalty", "last accepted"], board.Rows.Take(BoardRows).Select(row => new[]
        {
            $"{row.Rank}", row.Name ?? row.Team, $"{row.Solved}", $"{row.PenaltyMinutes}", row.LastFindAt is { } at ? $"{at - _contest.Start:h\\:mm\\:ss\\.fff}" : "",
        }));
        if (board.Teams > BoardRows) Screen.Line($"… and {board.Teams - BoardRows} more teams");
        DemoReport.Print(result.Books, null, null);
        Screen.Line(result.OrderKept ? "stream order equals contest order" : "STREAM ORDER DIFFERS from contest order");
        Screen.Line();
        Screen.Line("The engine's boards against what is known of the contest:");
        Screen.Table(["what", "label", "against", "equal"],
            result.Comparisons.Select(c => new[] { c.What, c.Label.ToString().ToLowerInvariant(), c.Against, $"{c.Equal}/{c.Of}{(c.Agrees ? "" : "  DIFFERS")}" }));
        foreach (var comparison in result.Comparisons.Where(c => !c.Agrees)) Print(comparison);
        DemoReport.WhereNext(_stage, _round.Hunt, _options.Keep);
    }

    private static void Print(Comparison comparison)
    {
        Screen.Line();
        Screen.Line($"{comparison.What}, {comparison.Against}:");
        Screen.Table(["row", "expected", "found"], comparison.Differences.Take(MaxDifferences).Select(d => new[] { d.Row, d.Expected, d.Found }));
        if (comparison.Differences.Count > MaxDifferences) Screen.Line($"… and {comparison.Differences.Count - MaxDifferences} more");
    }
}
