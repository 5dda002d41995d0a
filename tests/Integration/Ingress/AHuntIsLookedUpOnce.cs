using Microsoft.Extensions.Logging.Abstractions;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Problems;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Integration.Storage;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>All who ask for a hunt that nobody has seen yet wait for one look into the store.</summary>
public sealed class AHuntIsLookedUpOnce(Servers servers) : IClassFixture<Servers>
{
    private const int Asking = 100;

    [Fact]
    public async Task However_many_ask_and_who_leaves_takes_nobody_along()
    {
        var options = servers.Options("ingress-1");
        await Published.HuntAsync(options, "known");
        await using var data = options.DataSource("test", 20, null);
        var directory = new HuntDirectory(new FactReader(data), TimeProvider.System, NullLogger<HuntDirectory>.Instance);
        Task<(HuntDefinition? Definition, Problem? Problem)[]> known, unknown;
        await using var held = await LockedTable.LockAsync(options, "hunts.mt_events", "access exclusive");
        using var statements = new CountedStatements();
        await using (held)
        {
            using var leaves = new CancellationTokenSource();
            var first = directory.FindAsync("known", leaves.Token).AsTask();
            (known, unknown) = (AskAsync("known"), AskAsync("unknown"));
            statements.NoMore(); // the lock's end is none of it
            await leaves.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        }

        Assert.All(await known, found => Assert.Equal((true, null), (found.Definition is not null, found.Problem)));
        Assert.All(await unknown, found => Assert.Equal((null, ProblemTypes.HuntUnknown), (found.Definition, found.Problem?.Type)));
        Assert.Equal(2, statements.Count);

        Task<(HuntDefinition? Definition, Problem? Problem)[]> AskAsync(string hunt) =>
            Task.WhenAll(Enumerable.Range(0, Asking).Select(_ => directory.FindAsync(hunt, default).AsTask()));
    }
}
