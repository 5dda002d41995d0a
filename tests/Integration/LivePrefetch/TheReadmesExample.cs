using MassTransit;
using TreasureHunt.Prefetch;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>The example of the package's README, as it stands there: it compiles and does what it says.</summary>
public sealed class TheReadmesExample(Servers servers) : IClassFixture<Servers>
{
    public sealed record Order(int Number);

    private sealed class Shop
    {
        public Task HandleAsync(Order _) => Task.CompletedTask;
    }

    [Fact]
    public async Task Does_what_it_says()
    {
        var (address, shop) = (servers.RabbitMq, new Shop());
        var prefetch = new LivePrefetch(initial: 16, ceiling: 128);
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(address);
            rabbit.ReceiveEndpoint("orders", endpoint =>
            {
                endpoint.UseLivePrefetch(prefetch);
                endpoint.Handler<Order>(context => shop.HandleAsync(context.Message));
            });
        });
        await bus.StartAsync();
        PrefetchChange change = await prefetch.SetAsync(64); // change.InForce == 64, change.Took: some milliseconds
        await bus.StopAsync();
        Assert.Equal(64, change.InForce);
        Assert.True(change.Took > TimeSpan.Zero);
    }

    [Fact]
    public void Is_the_same_in_both_places()
    {
        var root = Cli.Boxes.Box.RepositoryRoot();
        var here = Lines(File.ReadAllText(Path.Combine(root, "tests/Integration/LivePrefetch/TheReadmesExample.cs")));
        var readme = File.ReadAllText(Path.Combine(root, "src/LivePrefetch/README.md"));
        var example = Lines(readme.Split("```csharp")[1].Split("```")[0]);
        Assert.InRange(example.Count, 8, 16);
        Assert.Contains(string.Join('\n', example), string.Join('\n', here));
    }

    private static List<string> Lines(string text) => [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
}
