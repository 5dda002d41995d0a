using Microsoft.Extensions.Configuration;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Unit.Boxes;

/// <summary>What a process is told from outside: everything wrong is named with its variable before anything is started.</summary>
public sealed class HuntOptionsTests
{
    private static readonly Dictionary<string, string?> Enough = new()
    {
        ["Hunt:Instance"] = "processor-1", ["Hunt:DataDir"] = "data", ["Hunt:SealKey"] = Convert.ToBase64String(new byte[32]), ["Hunt:TokenKey"] = Convert.ToBase64String(new byte[32]),
        ["ConnectionStrings:Postgres"] = "Host=127.0.0.1", ["ConnectionStrings:RabbitMq"] = "amqp://127.0.0.1",
    };

    [Fact]
    public void The_least_there_must_be_is_enough()
    {
        var options = From();
        Assert.Equal(("processor-1", null, 8, true), (options.Instance, options.Group, options.Lanes, options.Approval));
    }

    [Theory]
    [InlineData("Hunt:Instance", "", "Hunt__Instance is not set")]
    [InlineData("Hunt:Instance", "Worker.1", "Hunt__Instance must be a name of a-z, 0-9 and -, 1 to 64 characters; 'Worker.1' is none")] // no setting could name it
    [InlineData("Hunt:Group", "Canary", "Hunt__Group must be a name")]
    [InlineData("Hunt:DataDir", null, "Hunt__DataDir is not set")]
    [InlineData("Hunt:SealKey", "AAAA", "Hunt__SealKey must be exactly 32 bytes")]
    [InlineData("Hunt:TokenKey", "AAAA", "Hunt__TokenKey must be at least 32 bytes")]
    [InlineData("ConnectionStrings:Postgres", null, "ConnectionStrings__Postgres is not set")]
    [InlineData("ConnectionStrings:Postgres", "db.internal", "ConnectionStrings__Postgres must be an Npgsql connection string, as in Host=")]
    [InlineData("ConnectionStrings:Postgres", "Database=hunts", "ConnectionStrings__Postgres must be an Npgsql connection string, as in Host=")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Colour=red", "ConnectionStrings__Postgres must be an Npgsql connection string, as in Host=")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Port=many", "ConnectionStrings__Postgres must be an Npgsql connection string, as in Host=")]
    [InlineData("ConnectionStrings:RabbitMq", "broker", "ConnectionStrings__RabbitMq must be an address that begins with amqp:// or amqps://")]
    [InlineData("ConnectionStrings:RabbitMq", "http://broker:15672", "ConnectionStrings__RabbitMq must be an address that begins with amqp:// or amqps://")]
    [InlineData("Hunt:ConfigService", "config", "Hunt__ConfigService must be an address that begins with http:// or https://")]
    [InlineData("Hunt:ConfigService", "config:8080", "Hunt__ConfigService must be an address that begins with http:// or https://")]
    [InlineData("Hunt:Lanes", "257", "Hunt__Lanes must be a whole number from 1 to 256")]
    [InlineData("Hunt:Views", "yes", "Hunt__Views must be true or false")]
    [InlineData("Hunt:Weight", "0", "Hunt__Weight must be a whole number from 1 to")]
    [InlineData("Hunt:ProbationSeconds", "0", "Hunt__ProbationSeconds must be a whole number from 1 to 3600")]
    [InlineData("Hunt:Approval", "on", "Hunt__Approval must be required or off")]
    public void What_is_wrong_is_named(string key, string? value, string said) =>
        Assert.StartsWith(said, Assert.Throws<InvalidOperationException>(() => From((key, value))).Message);

    private static HuntOptions From(params (string Key, string? Value)[] other) =>
        HuntOptions.From(new ConfigurationBuilder().AddInMemoryCollection(Enough).AddInMemoryCollection(other.ToDictionary(one => one.Key, one => one.Value)).Build());
}
