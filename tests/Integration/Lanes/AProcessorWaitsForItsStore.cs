using Npgsql;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.Tests.Integration.Ingress;
using TreasureHunt.Tests.Integration.Settings;

namespace TreasureHunt.Tests.Integration.Lanes;

/// <summary>A processor that is started while the store is away: it waits, for a death would be held against its settings.</summary>
public sealed class AProcessorWaitsForItsStore(Servers servers) : IClassFixture<Servers>
{
    [Fact]
    public async Task It_starts_when_the_store_answers()
    {
        var options = servers.Options("processor-1", lanes: 2);
        await HuntStore.MigrateAsync(options, default);
        var store = new NpgsqlConnectionStringBuilder(options.Postgres);
        await using var network = new CutProxy(new Uri($"tcp://{store.Host}:{store.Port}"));
        network.Cut();

        var starting = ProcessorApp.StartAsync(options with { Postgres = new NpgsqlConnectionStringBuilder(options.Postgres) { Host = "127.0.0.1", Port = network.Address.Port }.ConnectionString });
        await Task.WhenAny(starting, Task.Delay(TimeSpan.FromSeconds(3))); // it would have failed at once
        Assert.False(starting.IsCompleted, $"{starting.Exception}");
        network.Mend();
        await using var processor = await starting.WaitAsync(TimeSpan.FromSeconds(30));
        await Ingress.Eventually.TrueAsync(() => processor.Service<LaneHost>().IsSubscribed);
    }
}
