using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TreasureHunt.Ingress.Views;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Integration.Storage;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>However many look at a board, one of them asks for the names on it; and not again for a minute, also for those that were erased.</summary>
public sealed class NamesAreLookedUpOnce(Servers servers) : IClassFixture<Servers>
{
    private const int Looking = 100;
    private static readonly string[] Shown = ["blues", "reds"];

    [Fact]
    public async Task However_many_look_and_no_sooner_for_the_erased()
    {
        var options = servers.Options("ingress-1");
        await Published.HuntAsync(options, "named");
        await using var data = options.DataSource("test", 20, null);
        await using (var command = data.CreateCommand("insert into hunts.team_names (hunt, team, name) values ('named', 'reds', 'The Reds'), ('named', 'greens', 'The Greens')")) await command.ExecuteNonQueryAsync();
        var clock = new FakeTimeProvider();
        var names = new TeamNames(data, StoreCalls.Straight, clock, NullLogger<TeamNames>.Instance);
        var held = await LockedTable.LockAsync(options, "hunts.team_names", "access exclusive");
        using var statements = new CountedStatements();
        Task<IReadOnlyDictionary<string, string>[]> looking;
        Task<IReadOnlyDictionary<string, string>> other;
        await using (held)
        {
            using var leaves = new CancellationTokenSource();
            var first = names.OfAsync("named", Shown, leaves.Token).AsTask();
            looking = Task.WhenAll(Enumerable.Range(0, Looking).Select(_ => LookAsync()));
            other = names.OfAsync("named", ["greens"], default).AsTask();
            await leaves.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        }
        Assert.All(await looking, IsNamed);
        Assert.Equal([new("greens", "The Greens")], await other);
        Assert.Equal(2, statements.Count); // one for each that is shown another part

        clock.Advance(TeamNames.KeptFor - TimeSpan.FromSeconds(1));
        IsNamed(await LookAsync());
        Assert.Equal(2, statements.Count);

        clock.Advance(TimeSpan.FromSeconds(1));
        IsNamed(await LookAsync());
        Assert.Equal(3, statements.Count);

        Task<IReadOnlyDictionary<string, string>> LookAsync() => names.OfAsync("named", Shown, default).AsTask();

        static void IsNamed(IReadOnlyDictionary<string, string> named) => Assert.Equal([new("reds", "The Reds")], named);
    }
}
