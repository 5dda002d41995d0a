namespace TreasureHunt.Tests.Integration.Ingress;

public sealed class ApiDocumentTests(WholeEngine engine) : IClassFixture<WholeEngine>
{
    [Fact]
    public async Task The_checked_in_OpenAPI_document_is_what_the_ingress_serves() =>
        await ApiDocument.IsCheckedInAsync("openapi.json", await engine.Ingress.Http.GetStringAsync("/openapi/v1.json"));
}
