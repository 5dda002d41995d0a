using Microsoft.Extensions.Configuration;
using Npgsql;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ServiceDefaults;

/// <summary>
/// What a process must be told from outside: environment variables (Hunt__Instance, ConnectionStrings__Postgres …) or
/// configuration files. Everything that may change while it runs is a setting instead.
/// </summary>
public sealed record HuntOptions
{
    /// <summary>Name of this process, unique in the fleet, [a-z0-9-]{1,64}. Hunt__Instance.</summary>
    public required string Instance { get; init; }

    /// <summary>Group of processes that may be given settings of their own, a name like an instance's; null: none. Hunt__Group.</summary>
    public string? Group { get; init; }

    /// <summary>Npgsql connection string. ConnectionStrings__Postgres.</summary>
    public required string Postgres { get; init; }

    /// <summary>amqp://user:password@host:port/vhost. ConnectionStrings__RabbitMq.</summary>
    public required Uri RabbitMq { get; init; }

    /// <summary>Base address of ConfigService; null: settings come from the bus alone. Hunt__ConfigService.</summary>
    public Uri? ConfigService { get; init; }

    /// <summary>Folder for what a process keeps between starts (last known good settings). Hunt__DataDir.</summary>
    public required string DataDir { get; init; }

    /// <summary>How long a process must live with new settings before they are beyond suspicion; see CrashGuard. Hunt__ProbationSeconds, 1 to 3600.</summary>
    public TimeSpan Probation { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Do dangerous settings need a second person? Off where one person is alone. Hunt__Approval, required or off.</summary>
    public bool Approval { get; init; } = true;

    /// <summary>Does this processor stand for folding the analysts' tables? One of those that do leads; false on all of them stops the tables. Hunt__Views.</summary>
    public bool Views { get; init; } = true;

    /// <summary>Number of lanes, fixed at first provisioning. Hunt__Lanes.</summary>
    public required int Lanes { get; init; }

    /// <summary>Size of this processor, 1 to 64: lanes are shared out in proportion. Without it, the cores it has. Hunt__Weight.</summary>
    public int Weight { get; init; } = DefaultWeight;

    private static int DefaultWeight => Math.Clamp(Environment.ProcessorCount, 1, LaneReport.MaxWeight);

    /// <summary>32 bytes, base64: seals guesses and answers. Hunt__SealKey.</summary>
    public required byte[] SealKey { get; init; }

    /// <summary>Stored beside every sealed text. Hunt__SealKeyId.</summary>
    public required string SealKeyId { get; init; }

    /// <summary>At least 32 bytes, base64: signs the bearer tokens (HS256). Hunt__TokenKey.</summary>
    public required byte[] TokenKey { get; init; }

    /// <exception cref="InvalidOperationException">a value is missing or malformed; the message names it and the fix</exception>
    public static HuntOptions From(IConfiguration configuration)
    {
        var seal = Key(configuration, "Hunt:SealKey");
        if (seal.Length != 32) throw new InvalidOperationException("Hunt__SealKey must be exactly 32 bytes in base64.");
        var token = Key(configuration, "Hunt:TokenKey");
        if (token.Length < 32) throw new InvalidOperationException("Hunt__TokenKey must be at least 32 bytes in base64.");
        return new HuntOptions
        {
            Instance = Name("Hunt:Instance", Text(configuration, "Hunt:Instance")),
            Group = configuration["Hunt:Group"] is { Length: > 0 } group ? Name("Hunt:Group", group) : null,
            Postgres = Database(configuration, "ConnectionStrings:Postgres"),
            RabbitMq = Address(configuration, "ConnectionStrings:RabbitMq", "amqp", "amqps"),
            ConfigService = configuration["Hunt:ConfigService"] is { Length: > 0 } ? Address(configuration, "Hunt:ConfigService", "http", "https") : null,
            DataDir = Text(configuration, "Hunt:DataDir"),
            Lanes = int.TryParse(configuration["Hunt:Lanes"] ?? "8", out var lanes) && lanes is >= 1 and <= 256
                ? lanes
                : throw new InvalidOperationException("Hunt__Lanes must be a whole number from 1 to 256."),
            Views = bool.TryParse(configuration["Hunt:Views"] ?? "true", out var views)
                ? views
                : throw new InvalidOperationException("Hunt__Views must be true or false."),
            Weight = int.TryParse(configuration["Hunt:Weight"] ?? $"{DefaultWeight}", out var weight) && weight is >= 1 and <= LaneReport.MaxWeight
                ? weight
                : throw new InvalidOperationException($"Hunt__Weight must be a whole number from 1 to {LaneReport.MaxWeight}."),
            Probation = int.TryParse(configuration["Hunt:ProbationSeconds"] ?? "60", out var probation) && probation is >= 1 and <= 3600
                ? TimeSpan.FromSeconds(probation)
                : throw new InvalidOperationException("Hunt__ProbationSeconds must be a whole number from 1 to 3600."),
            Approval = (configuration["Hunt:Approval"] ?? "required") switch
            {
                "required" => true,
                "off" => false,
                _ => throw new InvalidOperationException("Hunt__Approval must be required or off."),
            },
            SealKey = seal,
            SealKeyId = configuration["Hunt:SealKeyId"] ?? "k1",
            TokenKey = token,
        };
    }

    private static string Text(IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"{key.Replace(":", "__")} is not set. Set it in the environment.");

    /// <summary>Settings name a process or a group so.</summary>
    private static string Name(string key, string name) =>
        Slug.IsValid(name)
            ? name
            : throw new InvalidOperationException($"{key.Replace(":", "__")} must be a name of a-z, 0-9 and -, 1 to {Slug.MaxChars} characters; '{name}' is none.");

    private static Uri Address(IConfiguration configuration, string key, params string[] schemes) =>
        Uri.TryCreate(Text(configuration, key), UriKind.Absolute, out var uri) && schemes.Contains(uri.Scheme)
            ? uri
            : throw new InvalidOperationException($"{key.Replace(":", "__")} must be an address that begins with {string.Join(" or ", schemes.Select(scheme => scheme + "://"))}.");

    private static string Database(IConfiguration configuration, string key)
    {
        var text = Text(configuration, key);
        try
        {
            if (new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 }) return text;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Said below, without the text: it holds a password.
        }
        throw new InvalidOperationException($"{key.Replace(":", "__")} must be an Npgsql connection string, as in Host=db;Database=hunts;Username=hunts;Password=secret.");
    }

    private static byte[] Key(IConfiguration configuration, string key)
    {
        try
        {
            return Convert.FromBase64String(Text(configuration, key));
        }
        catch (FormatException)
        {
            throw new InvalidOperationException($"{key.Replace(":", "__")} is not base64.");
        }
    }
}
