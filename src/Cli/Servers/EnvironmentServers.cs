using Npgsql;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>Servers the caller runs: used, never started or stopped.</summary>
public sealed class EnvironmentServers : IServerWay
{
    public const string PostgresVariable = "ConnectionStrings__Postgres", RabbitMqVariable = "ConnectionStrings__RabbitMq";

    public string Name => "connection strings in the environment";

    /// <exception cref="CommandFailed">only one of the two is set, or a server does not answer: the caller meant these, so no other way is tried</exception>
    public async Task<WayAnswer> TryAsync(ServerRequest request, CancellationToken cancel)
    {
        var postgres = Environment.GetEnvironmentVariable(PostgresVariable);
        var rabbit = Environment.GetEnvironmentVariable(RabbitMqVariable);
        if (string.IsNullOrEmpty(postgres) && string.IsNullOrEmpty(rabbit)) return WayAnswer.No($"{PostgresVariable} and {RabbitMqVariable} are not set");
        if (string.IsNullOrEmpty(postgres)) throw Wrong($"{RabbitMqVariable} is set and {PostgresVariable} is not: set both or none.");
        if (string.IsNullOrEmpty(rabbit)) throw Wrong($"{PostgresVariable} is set and {RabbitMqVariable} is not: set both or none.");
        if (!Uri.TryCreate(rabbit, UriKind.Absolute, out var address)) throw Wrong($"{RabbitMqVariable} is not an address such as amqp://user:password@host:5672/vhost.");
        try
        {
            _ = new NpgsqlConnectionStringBuilder(postgres);
        }
        catch (ArgumentException broken)
        {
            throw Wrong($"{PostgresVariable} is not a connection string: {broken.Message}");
        }

        var limit = TimeSpan.FromSeconds(15);
        await Answers.PostgresAsync(postgres, limit, mayGoOn: () => true, cancel);
        await Answers.RabbitMqAsync(address, limit, mayGoOn: () => true, cancel);
        return WayAnswer.Have(new ProvisionedServers { Way = "environment", Postgres = postgres, RabbitMq = address });
    }

    private static CommandFailed Wrong(string message) => new(ExitCode.Usage, message);
}
