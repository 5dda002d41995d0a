using Npgsql;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;
using TreasureHunt.Tests.Integration.Ingress;
using TreasureHunt.Tests.Integration.Settings;

namespace TreasureHunt.Tests.Integration.Lanes;

/// <summary>A processor that is started while the store or the broker is away: it waits, for a death would be held against its settings.</summary>
public sealed class AProcessorWaitsForItsServers(Servers servers) : IClassFixture<Servers>
{
    [Fact]
    public async Task It_starts_when_the_store_answers()
    {
        var options = servers.Options("processor-1", lanes: 2);
        await HuntStore.MigrateAsync(options, default);
        var store = new NpgsqlConnectionStringBuilder(options.Postgres);
        await using var network = new CutProxy(new Uri($"tcp://{store.Host}:{store.Port}"));
        await StartsWhenMendedAsync(
            options with { Postgres = new NpgsqlConnectionStringBuilder(options.Postgres) { Host = "127.0.0.1", Port = network.Address.Port }.ConnectionString }, network);
    }

    [Fact]
    public async Task It_starts_when_the_broker_answers()
    {
        var options = servers.Options("processor-1", lanes: 2);
        await HuntStore.MigrateAsync(options, default);
        await using var network = new CutProxy(options.RabbitMq);
        await StartsWhenMendedAsync(options with { RabbitMq = network.Address }, network);
    }

    [Fact]
    public async Task While_it_waits_for_a_broker_that_does_not_let_it_in_it_says_so_and_can_be_stopped()
    {
        var options = servers.Options("processor-1", lanes: 2);
        using var log = new MemoryLog();
        using var stop = new CancellationTokenSource();
        var declaring = LaneTopology.DeclareAsync(options with { RabbitMq = new UriBuilder(options.RabbitMq) { Password = "wrong" }.Uri }, log, stop.Token);
        await Ingress.Eventually.TrueAsync(() => log.Warnings.Count >= 2);
        Assert.Contains("ACCESS_REFUSED", log.Warnings[1]);
        Assert.False(declaring.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => declaring.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    private static async Task StartsWhenMendedAsync(HuntOptions options, CutProxy network)
    {
        network.Cut();
        var starting = ProcessorApp.StartAsync(options);
        await Task.WhenAny(starting, Task.Delay(TimeSpan.FromSeconds(3))); // it would have failed at once
        Assert.False(starting.IsCompleted, $"{starting.Exception}");
        network.Mend();
        await using var processor = await starting.WaitAsync(TimeSpan.FromSeconds(30));
        await Ingress.Eventually.TrueAsync(() => processor.Service<LaneHost>().IsSubscribed);
    }
}
