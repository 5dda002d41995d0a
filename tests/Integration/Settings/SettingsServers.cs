namespace TreasureHunt.Tests.Integration.Settings;

internal static class SettingsServers
{
    public static Uri RabbitMq => new(Text("ConnectionStrings__RabbitMq"));

    public static string Postgres => Text("ConnectionStrings__Postgres");

    private static string Text(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : throw new InvalidOperationException($"{name} is not set.");
}
