using TreasureHunt.Cli.Servers;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Cli.Boxes;

/// <summary>What a process of a box is told from outside: the variables <see cref="HuntOptions"/> reads.</summary>
public static class BoxEnvironment
{
    public static Dictionary<string, string> Of(Box box, string instance, Uri? configService)
    {
        var servers = box.Servers ?? throw new InvalidOperationException("The box has no servers yet.");
        var variables = new Dictionary<string, string>
        {
            ["Hunt__Instance"] = instance,
            [EnvironmentServers.PostgresVariable] = servers.Postgres,
            [EnvironmentServers.RabbitMqVariable] = servers.RabbitMq.AbsoluteUri,
            ["Hunt__DataDir"] = Path.Combine(box.Folder, "data", instance),
            ["Hunt__Lanes"] = $"{box.Lanes}",
            ["Hunt__SealKey"] = box.SealKey,
            ["Hunt__SealKeyId"] = box.SealKeyId,
            ["Hunt__TokenKey"] = box.TokenKey,
            ["Hunt__Approval"] = "off", // the box of one person; compose requires it
        };
        if (configService is not null) variables["Hunt__ConfigService"] = configService.AbsoluteUri;
        Directory.CreateDirectory(variables["Hunt__DataDir"]);
        return variables;
    }

    /// <summary>The same for code that runs in this process.</summary>
    public static HuntOptions Options(Box box, string instance) => new()
    {
        Instance = instance,
        Postgres = box.Servers?.Postgres ?? throw new InvalidOperationException("The box has no servers yet."),
        RabbitMq = box.Servers.RabbitMq,
        DataDir = Path.Combine(box.Folder, "data", instance),
        Lanes = box.Lanes,
        SealKey = Convert.FromBase64String(box.SealKey),
        SealKeyId = box.SealKeyId,
        TokenKey = Convert.FromBase64String(box.TokenKey),
    };
}
