using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RabbitMQ.Client;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Integration;

/// <summary>The ground the other tests stand on.</summary>
public sealed class ServersTests(Servers servers) : IClassFixture<Servers>
{
    [Fact]
    public async Task The_database_of_a_test_class_is_its_own_and_empty()
    {
        await using var data = NpgsqlDataSource.Create(servers.Postgres);
        await using var tables = data.CreateCommand("select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
        Assert.Equal(0L, await tables.ExecuteScalarAsync());
    }

    [Fact]
    public async Task The_virtual_host_of_a_test_class_holds_none_of_the_engines_queues()
    {
        await using var connection = await new ConnectionFactory { Uri = servers.RabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var missing = await Assert.ThrowsAsync<RabbitMQ.Client.Exceptions.OperationInterruptedException>(() => channel.QueueDeclarePassiveAsync(HuntBus.IntakeQueue));
        Assert.Equal(404, missing.ShutdownReason!.ReplyCode);
    }

    [Fact]
    public async Task Durable_writes_are_on()
    {
        await using var data = NpgsqlDataSource.Create(servers.Postgres);
        await using var setting = data.CreateCommand("select current_setting('fsync') || ' ' || current_setting('synchronous_commit')");
        Assert.Equal("on on", await setting.ExecuteScalarAsync());
    }
}

/// <summary>What a class leaves in a virtual host does not reach the next class that gets it.</summary>
public sealed class VhostPoolTests(Servers servers) : IClassFixture<Servers>
{
    [Fact]
    public async Task A_virtual_host_is_lent_to_one_class_at_a_time_and_cleaned_before()
    {
        var pool = new VhostPool(servers.RabbitMq, names: null);
        var first = await pool.RentAsync();
        await LaneTopology.DeclareAsync(servers.Options("test"), NullLogger.Instance, default);
        var next = pool.RentAsync();
        Assert.False(next.IsCompleted);

        pool.Return(first);
        await using var connection = await new ConnectionFactory { Uri = await next }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await Assert.ThrowsAsync<RabbitMQ.Client.Exceptions.OperationInterruptedException>(() => channel.QueueDeclarePassiveAsync("actions.lane-0"));
    }
}
