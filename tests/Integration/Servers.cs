using System.Security.Cryptography;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using Npgsql;
using Testcontainers.PostgreSql;
using Testcontainers.RabbitMq;
using TreasureHunt.Cli.Servers;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration;

/// <summary>
/// Real servers for a test class: a fresh database and a virtual host nobody else uses meanwhile.
/// <code>public sealed class SomeTests(Servers servers) : IClassFixture&lt;Servers&gt;</code>
/// The servers come from the environment (./hunt test provisions them), else from containers when a Docker engine
/// answers, else the test fails and says so. Virtual hosts: see <see cref="VhostPool"/>.
/// </summary>
public sealed class Servers : IAsyncLifetime
{
    private static readonly Lazy<Task<Ground>> Shared = new(FindAsync); // one for the whole test process
    private static readonly List<IAsyncDisposable> Containers = [];
    private Ground? _ground;
    private string _database = "";
    private Uri? _vhost;

    /// <summary>Connection string to a database made for this class, dropped afterwards.</summary>
    public string Postgres { get; private set; } = "";

    /// <summary>Address of a virtual host without any of the engine's queues.</summary>
    public Uri RabbitMq => _vhost ?? throw new InvalidOperationException("Not initialised.");

    /// <summary>Options of a process on these servers; keys and lanes are the same for every instance of this class.</summary>
    public HuntOptions Options(string instance, int lanes = 8) => new()
    {
        Instance = instance,
        Postgres = Postgres,
        RabbitMq = RabbitMq,
        DataDir = Directory.CreateTempSubdirectory("hunt-test-").FullName,
        Lanes = lanes,
        SealKey = _sealKey,
        SealKeyId = "k1",
        TokenKey = _tokenKey,
    };

    private readonly byte[] _sealKey = RandomNumberGenerator.GetBytes(32), _tokenKey = RandomNumberGenerator.GetBytes(32);

    public async Task InitializeAsync()
    {
        _ground = await Shared.Value;
        _database = $"t_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        await ExecuteAsync(_ground.Postgres, $"create database {_database}");
        Postgres = new NpgsqlConnectionStringBuilder(_ground.Postgres) { Database = _database }.ConnectionString;
        _vhost = await _ground.Vhosts.RentAsync();
    }

    public async Task DisposeAsync()
    {
        if (_ground is null) return;
        if (_vhost is not null) _ground.Vhosts.Return(_vhost);
        if (_database.Length > 0) await ExecuteAsync(_ground.Postgres, $"drop database if exists {_database} with (force)");
    }

    /// <summary>Removes the containers, if any were started. The last thing a test process does: see <see cref="ServersFramework"/>.</summary>
    public static async Task EndAsync()
    {
        foreach (var container in Containers) await container.DisposeAsync();
    }

    private static async Task<Ground> FindAsync()
    {
        var postgres = Environment.GetEnvironmentVariable(EnvironmentServers.PostgresVariable);
        var rabbit = Environment.GetEnvironmentVariable(EnvironmentServers.RabbitMqVariable);
        if (postgres is { Length: > 0 } && rabbit is { Length: > 0 })
            return new Ground(postgres, new VhostPool(new Uri(rabbit), Environment.GetEnvironmentVariable(VhostPool.Variable)));
        try
        {
            return await StartContainersAsync();
        }
        catch (DockerUnavailableException none)
        {
            throw new InvalidOperationException(
                "These tests need PostgreSQL and RabbitMQ. Run them with ./hunt test, or set ConnectionStrings__Postgres and "
                + "ConnectionStrings__RabbitMq, or start a Docker engine.", none);
        }
    }

    private static async Task<Ground> StartContainersAsync()
    {
        const int vhosts = 8;
        // instead of Testcontainers' own command, which turns durable writes off
        string[] command = ["postgres", .. PostgresTuning.Settings.SelectMany(setting => new[] { "-c", $"{setting.Name}={setting.Value}" })];
        var postgres = new PostgreSqlBuilder(DockerServers.PostgresImage).WithCommand(new OverwriteEnumerable<string>(command)).Build();
        var rabbit = new RabbitMqBuilder(DockerServers.RabbitMqImage).WithUsername("hunt").WithPassword("hunt").Build();
        Containers.AddRange([postgres, rabbit]);
        await Task.WhenAll(postgres.StartAsync(), rabbit.StartAsync());
        var names = Enumerable.Range(0, vhosts).Select(i => $"t{i}").ToList();
        foreach (var name in names)
        {
            var made = await rabbit.ExecAsync(["sh", "-c", $"rabbitmqctl -q add_vhost {name} && rabbitmqctl -q set_permissions -p {name} hunt '.*' '.*' '.*'"]);
            if (made.ExitCode != 0) throw new InvalidOperationException($"The virtual host {name} could not be made: {made.Stderr}");
        }
        return new Ground(postgres.GetConnectionString(), new VhostPool(new Uri(rabbit.GetConnectionString()), string.Join(',', names)));
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Ground(string Postgres, VhostPool Vhosts);
}
