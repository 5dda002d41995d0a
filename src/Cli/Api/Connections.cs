using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Api;

/// <summary>
/// Where the services are and the key that signs tokens: from a box on this machine, or for services elsewhere (compose,
/// a cluster) from HUNT_INGRESS, HUNT_CONFIG and Hunt__TokenKey.
/// </summary>
public sealed record Connections(Uri Ingress, Uri Config, byte[] TokenKey)
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(12);

    /// <exception cref="CommandFailed">the box is not up, or the environment names only half of it</exception>
    public static Connections Of(string boxName)
    {
        if (Environment.GetEnvironmentVariable("HUNT_INGRESS") is { Length: > 0 } ingress)
            return new Connections(Address("HUNT_INGRESS", ingress), Address("HUNT_CONFIG", Environment.GetEnvironmentVariable("HUNT_CONFIG") ?? ingress), KeyOf(boxName));
        var box = Box.Load(boxName);
        if (box.Services.Count == 0) throw new CommandFailed(ExitCode.NotProvisioned, $"The box '{boxName}' is down. Start it: ./hunt up{Box.NameOption(boxName)}");
        return Of(box);
    }

    public static Connections Of(Box box)
    {
        var services = new ServiceProcesses(box);
        return new Connections(services.Find(ServiceProcesses.Ingress).Address, services.Find(ServiceProcesses.Config).Address, Convert.FromBase64String(box.TokenKey));
    }

    /// <summary>The key from Hunt__TokenKey, else the box's.</summary>
    public static byte[] KeyOf(string boxName)
    {
        if (Environment.GetEnvironmentVariable("Hunt__TokenKey") is not { Length: > 0 } named) return Convert.FromBase64String(Box.Load(boxName).TokenKey);
        var key = new byte[named.Length];
        return Convert.TryFromBase64String(named, key, out var length) && length >= 32
            ? key[..length]
            : throw new CommandFailed(ExitCode.Usage, "Hunt__TokenKey must be at least 32 bytes in base64.");
    }

    /// <param name="hunt">slug, or <see cref="Tokens.AnyHunt"/></param>
    public string Token(string subject, string hunt, params string[] roles) => Tokens.Mint(TokenKey, subject, hunt, TokenLife, TimeProvider.System, roles);

    private static Uri Address(string variable, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandFailed(ExitCode.Usage, $"{variable} must be an address such as http://127.0.0.1:8080.");
}
