using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Tests.Benchmarks.Arms;

/// <summary>Queues as the broker sees them. Each call uses a channel of its own, for a missing queue closes it.</summary>
public sealed class ArmQueues(IConnection connection) : IAsyncDisposable
{
    public string Broker { get; } = "RabbitMQ " + Text(connection.ServerProperties?["version"]);

    /// <exception cref="CommandFailed">the virtual host is in use: deleting its queues would harm somebody</exception>
    public static async Task<ArmQueues> ConnectAsync(Uri broker, CancellationToken cancel)
    {
        var factory = new ConnectionFactory { Uri = broker, ClientProvidedName = "bench/queues" };
        var queues = new ArmQueues(await factory.CreateConnectionAsync(cancel));
        if (await queues.WaitingAsync(Envelope.QueueOf(0), cancel) is null) return queues;
        await queues.DisposeAsync();
        throw new CommandFailed(ExitCode.Usage, $"The virtual host of {broker.Host}:{broker.Port}{broker.AbsolutePath} has lanes already. Name one that nobody uses.");
    }

    /// <summary>Messages ready to be delivered; null: there is no such queue.</summary>
    public async Task<long?> WaitingAsync(string queue, CancellationToken cancel)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue, cancel)).MessageCount;
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }

    /// <summary>Queue and exchange of each name; what is not there is deleted already.</summary>
    public async Task DeleteAsync(IEnumerable<string> names, CancellationToken cancel)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
        foreach (var name in names)
        {
            await channel.QueueDeleteAsync(name, cancellationToken: cancel);
            await channel.ExchangeDeleteAsync(name, cancellationToken: cancel);
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static string Text(object? value) => value is byte[] utf8 ? System.Text.Encoding.UTF8.GetString(utf8) : $"{value}";
}
