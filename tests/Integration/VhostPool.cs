using System.Threading.Channels;
using RabbitMQ.Client;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Integration;

/// <summary>
/// The engine's queues have fixed names, so each test class needs a virtual host to itself. AMQP cannot make one; whoever
/// provisions the broker makes some beforehand and names them in HUNT_TEST_VHOSTS (./hunt test does). Without the variable
/// the one virtual host of the connection string is lent to one class after the other. A virtual host is cleaned of the
/// engine's queues when it is lent.
/// </summary>
public sealed class VhostPool
{
    public const string Variable = "HUNT_TEST_VHOSTS";

    private static readonly string[] Queues =
    [
        .. Enumerable.Range(0, 16).Select(Envelope.QueueOf), HuntBus.IntakeQueue, LaneTopology.ParkedIntakeQueue, "settings-receipts",
    ];
    private static readonly string[] Exchanges = [HuntBus.FactsExchange, LaneTopology.OutcomesExchange, "hunt.settings", LaneReport.Exchange];

    private readonly Channel<Uri> _free = Channel.CreateUnbounded<Uri>();

    /// <param name="names">comma-separated; null or empty: only the address's own</param>
    public VhostPool(Uri address, string? names)
    {
        var all = names?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        foreach (var vhost in all) _free.Writer.TryWrite(new UriBuilder(address) { Path = Uri.EscapeDataString(vhost) }.Uri);
        if (all.Length == 0) _free.Writer.TryWrite(address);
    }

    public async Task<Uri> RentAsync()
    {
        var vhost = await _free.Reader.ReadAsync();
        await CleanAsync(vhost);
        return vhost;
    }

    public void Return(Uri vhost) => _free.Writer.TryWrite(vhost);

    private static async Task CleanAsync(Uri vhost)
    {
        await using var connection = await new ConnectionFactory { Uri = vhost }.CreateConnectionAsync("test clean-up");
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in Queues.SelectMany(name => new[] { name, name + "_error", name + "_skipped" }))
        {
            await channel.QueueDeleteAsync(queue);
            await channel.ExchangeDeleteAsync(queue);
        }
        foreach (var exchange in Exchanges) await channel.ExchangeDeleteAsync(exchange);
    }
}
