using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.HuntFiles;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Contracts.Views;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// The main demo: a sample hunt played by some hundred simulated players, with a spike, a setting changed while it runs
/// and a processor killed; then the books are compared with the store.
/// </summary>
internal sealed class HuntDemo(DemoStage stage, DemoOptions options)
{
    private const string Setting = "lane.batchCap";
    private const int NewValue = 64, BoardRows = 10;

    private readonly Ledger _ledger = new();
    private readonly Latencies _latencies = new();
    private readonly DemoScreen _screen = new("hunt demo");
    private string _leaders = "";

    /// <summary>Read before anything is started: a broken sample costs nobody a minute.</summary>
    public static HuntDefinition Sample()
    {
        var file = Path.Combine(Box.RepositoryRoot(), "samples", "lisbon", "hunt.yaml");
        var (definition, problems) = HuntFile.Read(file);
        return definition ?? throw new CommandFailed(ExitCode.Usage, string.Join('\n', problems));
    }

    public async Task<ExitCode> RunAsync(HuntDefinition hunt, CancellationToken cancel)
    {
        var organiser = new Organiser(stage.Door, hunt.Hunt, _ledger);
        var play = new HuntPlay(stage.Door, hunt, options.Players, options.Seed, _ledger, _latencies);
        await organiser.PublishAsync(hunt, cancel);
        await Screen.StepAsync($"\"{hunt.Title}\": {hunt.Treasures.Count} treasures; {play.Teams} teams of {HuntPlay.PlayersPerTeam} gather", () => play.GatherAsync(cancel));
        await organiser.OpenAsync(cancel);

        await _screen.ShowAsync(PlayAsync(hunt, play, cancel), () => Figures(hunt, play));
        await Screen.StepAsync("whatever is unanswered is sent again, until all is known", () => play.SettleAsync(_ledger, cancel));
        return await ConcludeAsync(hunt, cancel);
    }

    private async Task PlayAsync(HuntDefinition hunt, HuntPlay play, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var stopWatching = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _screen.Say($"the hunt is open; {play.Players} players set off (seed {options.Seed})");
        var watching = WatchLeadersAsync(hunt.Hunt, stopWatching.Token);
        var playing = play.PlayAsync(end.Token, cancel);
        try
        {
            var cues = CuesAsync(hunt.Hunt, play, cancel);
            if (await Task.WhenAny(cues, playing) == playing) await playing; // a player's failure ends the demo at once
            await cues;
        }
        finally
        {
            await end.CancelAsync();
            await stopWatching.CancelAsync();
        }
        await playing;
        await watching;
    }

    /// <summary>What happens to the players and to the engine, and when.</summary>
    private async Task CuesAsync(string hunt, HuntPlay play, CancellationToken cancel)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Task At(double share) => Task.Delay(TimeSpan.FromSeconds(Math.Max(0, share * options.Seconds - clock.Elapsed.TotalSeconds)), cancel);

        await At(0.20);
        _screen.Say($"an operator sets {Setting}={NewValue} while everybody plays; receipts:");
        string[] fleet = [ServiceProcesses.Ingress, .. Enumerable.Range(1, DemoStage.Processors).Select(ServiceProcesses.Processor)];
        foreach (var receipt in await LiveSetting.ChangeAsync(stage, Setting, SettingValue.Of(NewValue), "shown in the demo", fleet, cancel)) _screen.Say("    " + receipt);

        await At(0.36);
        play.Mood = Mood.Rumour;
        _screen.Say("a rumour: the last map has been found! Everybody types at once");

        await At(0.44);
        var victim = await stage.KillDeciderAsync(hunt, _screen, cancel);

        await At(0.56);
        play.Mood = Mood.Stroll;
        _screen.Say("the rumour was false; people walk on");

        await At(0.68);
        await stage.Services.StartProcessorAsync(victim, cancel);
        _screen.Say($"{ServiceProcesses.Processor(victim)} is back");

        await At(1);
        _screen.Say("time is up");
    }

    private async Task WatchLeadersAsync(string hunt, CancellationToken stop)
    {
        var api = stage.Door.Api("spectator", hunt, Role.Player);
        try
        {
            using var everySecond = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
            do
            {
                var board = await ServedBoard.GetAsync(api, hunt, 3, 0, stop);
                Volatile.Write(ref _leaders, string.Join(", ", board.Rows.Select(row => $"{row.Rank}. {row.Name ?? row.Team} ({row.Points})")));
            }
            while (await everySecond.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the demo ends
        }
    }

    private IReadOnlyList<(string, string)> Figures(HuntDefinition hunt, HuntPlay play)
    {
        var known = _ledger.Known;
        var latency = _latencies.Summary();
        return
        [
            ("hunt", $"{hunt.Title}, {play.Teams} teams, {play.Players} players"),
            ("mood", play.Mood == Mood.Rumour ? "everybody types at once" : "strolling"),
            ("actions", $"{_ledger.Count:N0} sent, {known:N0} decided, {_ledger.Count - known:N0} on the way, {_ledger.Sendings - _ledger.Count:N0} sent again"),
            ("round trip", $"p50 {latency.P50Ms:0} ms, p99 {latency.P99Ms:0} ms"),
            ("processors", stage.ProcessorStates),
            ("leading", Volatile.Read(ref _leaders)),
        ];
    }

    private async Task<ExitCode> ConcludeAsync(HuntDefinition hunt, CancellationToken cancel)
    {
        var fold = new HuntView(hunt.Hunt);
        var books = await Conservation.CheckAsync(_ledger, stage.Door.Facts.ReadAsync(hunt.Hunt, 0, cancel), fact => fold.Apply(fact.Version, fact.Fact));
        var board = await ServedBoard.GetAsync(stage.Door.Api("spectator", hunt.Hunt, Role.Player), hunt.Hunt, ServedBoard.AllRows, books.Stored, cancel);
        var sameBoard = fold.Public.Rank().SequenceEqual(board.Rows.Select(row => row.Row));

        if (options.Json)
        {
            Screen.Json(new { hunt = hunt.Hunt, seed = options.Seed, conservation = books, boardEqualsFold = sameBoard, latency = _latencies.Summary(), board = board.Rows.Take(BoardRows) });
        }
        else
        {
            Screen.Line();
            Screen.Table(["rank", "team", "points", "found"],
                board.Rows.Take(BoardRows).Select(row => new[] { $"{row.Rank}", row.Name ?? row.Team, $"{row.Points}", $"{row.Solved} of {hunt.Treasures.Count}" }));
            if (board.Teams > BoardRows) Screen.Line($"… and {board.Teams - BoardRows} more teams");
            DemoReport.Print(books, sameBoard, _latencies.Summary());
            DemoReport.WhereNext(stage, hunt.Hunt, options.Keep);
        }
        return books.Holds && sameBoard ? ExitCode.Ok : ExitCode.Different;
    }
}
