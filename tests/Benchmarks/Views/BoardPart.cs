using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Views;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Views;

/// <summary>P5: what a look at a board costs, of 10 teams and of 100,000, while the board changes.</summary>
public static class BoardPart
{
    private static readonly int[] Sizes = [10, 1_000, 10_000, 100_000], BriefSizes = [10, 1_000];

    /// <summary>Between two guesses that move a team.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, DateTimeOffset at, TimeProvider time, CancellationToken cancel)
    {
        var (sizes, looks, rounds) = brief ? (BriefSizes, 200, 1) : (Sizes, 1_000, 3);
        await using var arm = await LanesArm.StartAsync(servers, BenchArms.Lanes, cancel);
        await using (var writer = servers.Options("seed", arm.Database).DataSource("seed", maxPool: 2, idleInTransaction: null))
            foreach (var teams in sizes) await CrowdedHunts.SeedAsync(arm.Database, new HuntLog(writer), teams, servers.Seal, at, cancel);
        await using var ingress = await IngressProcess.StartAsync(servers, arm.Database, cancel);

        var findings = new List<Finding>();
        var top = sizes.ToDictionary(teams => teams, _ => new List<double>());
        var around = sizes.ToDictionary(teams => teams, _ => new List<double>());
        var guesses = 0;
        for (var round = 0; round <= rounds; round++) // the first is to warm up
        {
            foreach (var teams in sizes)
            {
                var board = $"/hunts/{CrowdedHunts.Hunt(teams)}/board";
                await LoadPart.WhileAsync(done => GuessAsync(teams, done), async () =>
                {
                    for (var look = 0; look < looks; look++)
                    {
                        var one = await LookAsync(ingress, $"{board}?top=50", Math.Min(50, teams), cancel);
                        var other = await LookAsync(ingress, $"{board}?top=50&around={CrowdedHunts.Team(look * 31 % teams)}", Math.Min(50, teams), cancel);
                        if (round == 0) continue;
                        top[teams].Add(one);
                        around[teams].Add(other);
                    }
                    return true;
                }, cancel);
            }
        }
        var (small, large) = (Of(top[sizes[0]].Concat(around[sizes[0]])), Of(top[sizes[^1]].Concat(around[sizes[^1]])));
        foreach (var teams in sizes)
        {
            var all = Of(top[teams].Concat(around[teams]));
            findings.Add(new Finding("P5", $"GET board?top=50 of {teams:#,0} teams", "p99 <= 10 ms", Shown(Of(top[teams])), Of(top[teams]).P99 <= 10));
            findings.Add(new Finding("P5", $"GET board?top=50&around=TEAM of {teams:#,0} teams", "p99 <= 10 ms", Shown(Of(around[teams])), Of(around[teams]).P99 <= 10));
        }
        findings.Add(new Finding("P5", $"{sizes[^1]:#,0} teams against {sizes[0]}, which has fewer rows: p50", "<= 2", $"{Number(large.P50 / small.P50)} times", large.P50 / small.P50 <= 2));
        foreach (var teams in sizes.Where(teams => teams >= 1_000))
        {
            var (move, rank) = await OrderAsync(arm.Database, teams, time, cancel);
            findings.Add(new Finding("", $"a fact into the order of {teams:#,0} teams; ranking them all, which it replaces", "", $"{Number(move)} µs; {Number(rank)} µs"));
        }
        if (await arm.Database.ParkedAsync(cancel) > 0) throw new CommandFailed(ExitCode.Failed, "Actions were parked: the part has no figures.");
        return new PartResult(
            "board", $"A real ingress and processor; {looks * rounds} looks of each kind over HTTP, one after the other, while a guess every {Between.TotalMilliseconds:0} ms moves a team of the same hunt ({guesses} guesses in all).", findings);

        async Task GuessAsync(int teams, CancellationToken done)
        {
            while (true)
            {
                await arm.AskAsync(CrowdedHunts.Guess(teams, guesses++, servers.Seal, time.GetUtcNow()));
                await Task.Delay(Between, time, done);
            }
        }
    }

    private static async Task<double> LookAsync(IngressProcess ingress, string path, int rows, CancellationToken cancel)
    {
        using var request = ingress.Get(path, "looker");
        var clock = Stopwatch.GetTimestamp();
        using var answer = await ingress.Http.SendAsync(request, cancel);
        var body = await answer.Content.ReadAsStringAsync(cancel);
        var took = Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
        var shown = body.Split("\"rank\":").Length - 1;
        return answer.IsSuccessStatusCode && shown == rows ? took : throw new CommandFailed(ExitCode.Failed, $"{path} answered {(int)answer.StatusCode} with {shown} rows:\n{body}");
    }

    /// <summary>Microseconds: a team moved in the order, and the whole ranking.</summary>
    private static async Task<(double Move, double Rank)> OrderAsync(ArmDatabase database, int teams, TimeProvider time, CancellationToken cancel)
    {
        const int moves = 20_000, ranks = 20;
        var view = new HuntView(CrowdedHunts.Hunt(teams));
        await foreach (var stored in new FactReader(database.Data).ReadAsync(view.Hunt, 0, cancel)) view.Apply(stored.Version, stored.Fact);
        var order = new BoardOrder(view.Live);
        var random = new Random(1);
        var clock = Stopwatch.GetTimestamp();
        for (var i = 0; i < moves; i++)
        {
            var wrong = new AnswerWrong(CrowdedHunts.Team(random.Next(teams)), "treasure-9", "", Penalty: random.Next(-300, 300));
            view.Live.Apply(wrong, time.GetUtcNow());
            order.Apply(wrong);
        }
        var move = Stopwatch.GetElapsedTime(clock).TotalMicroseconds / moves;
        clock = Stopwatch.GetTimestamp();
        IReadOnlyList<BoardRow> whole = [];
        for (var i = 0; i < ranks; i++) whole = view.Live.Rank();
        var rank = Stopwatch.GetElapsedTime(clock).TotalMicroseconds / ranks;
        return whole.SequenceEqual(order.Rows(0, teams)) ? (move, rank) : throw new CommandFailed(ExitCode.Failed, $"The order of {teams} teams is not their ranking.");
    }
}
