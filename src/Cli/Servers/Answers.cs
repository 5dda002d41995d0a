using Npgsql;
using RabbitMQ.Client;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Servers;

/// <summary>Waits, with a bound, until a server really answers its protocol.</summary>
public static class Answers
{
    public static Task PostgresAsync(string connectionString, TimeSpan limit, Func<bool> mayGoOn, CancellationToken cancel) =>
        UntilAsync("PostgreSQL", limit, mayGoOn, async () =>
        {
            var once = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 3 };
            await using var connection = new NpgsqlConnection(once.ConnectionString);
            await connection.OpenAsync(cancel);
        }, cancel);

    public static Task RabbitMqAsync(Uri address, TimeSpan limit, Func<bool> mayGoOn, CancellationToken cancel) =>
        UntilAsync("RabbitMQ", limit, mayGoOn, async () =>
        {
            var factory = new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = TimeSpan.FromSeconds(3) };
            await using var connection = await factory.CreateConnectionAsync(cancel);
            await connection.CloseAsync(cancel);
        }, cancel);

    private static async Task UntilAsync(string what, TimeSpan limit, Func<bool> mayGoOn, Func<Task> ask, CancellationToken cancel)
    {
        try
        {
            await new Polling(TimeSpan.FromMilliseconds(100), limit).UntilAsync(
                async _ =>
                {
                    await ask();
                    return true;
                },
                _ => true, cancel, _ => !cancel.IsCancellationRequested && mayGoOn());
        }
        catch (Exception no) when (no is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            throw new CommandFailed(ExitCode.NotProvisioned,
                mayGoOn() ? $"{what} does not answer within {limit.TotalSeconds:0} s: {no.GetBaseException().Message}" : $"{what} ended while it started.", no);
        }
    }
}
