using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FileMonitor.Testing;

/// <summary>Puts a tree in memory in the place of the disk, so that a test drives a host with the host's own registration.</summary>
public static class ScriptedTreeExtensions
{
    /// <summary>Makes the monitor use a tree in memory, its source and, when the tree was given one, its clock. Options, sinks, handlers and readers stay as the host registered them.</summary>
    /// <remarks>
    /// <para>
    /// The clock becomes the container's <see cref="TimeProvider"/>, in the place of any other, because the parts of a host have one time. Durable state, if the host adds it, stays on the disk.
    /// </para>
    /// <para>The options must have <see cref="ScriptedTree.Root"/> among their roots, else the monitor is refused. A further root is a directory that the test makes in <see cref="ScriptedTree.Files"/>; what the tree hints at is below its own root.</para>
    /// </remarks>
    /// <param name="builder">The monitor.</param>
    /// <param name="tree">The tree; one for each monitor.</param>
    /// <returns>The builder, for further calls.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <example>
    /// <code>
    /// using FileMonitor;
    /// using FileMonitor.Testing;
    /// using Microsoft.Extensions.DependencyInjection;
    ///
    /// var tree = new ScriptedTree(root: "/srv/inbox");
    /// services.AddFileMonitor(options => options.AddRoot("/srv/inbox")); // as the host does it
    /// services.AddFileMonitor().UseScriptedTree(tree);
    /// await using var provider = services.BuildServiceProvider();
    /// await provider.GetRequiredService&lt;FileSystemMonitor&gt;().StartAsync();
    /// tree.WriteFile("orders/1.csv", "1;2");
    /// </code>
    /// </example>
    public static IFileMonitorBuilder UseScriptedTree(this IFileMonitorBuilder builder, ScriptedTree tree)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(tree);
        if (tree.Clock is { } clock)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(clock));
        }

        // Otherwise the monitor would find its root missing, and say so to nobody who looks at a test.
        builder.Services.AddOptions<FileMonitorOptions>(builder.Name).Validate(
            options => options.Roots.Any(root => Path.TrimEndingDirectorySeparator(root.Path) == tree.Root),
            $"No root of the monitor is {tree.Root}, the root of its scripted tree: give the tree the root of the options, new ScriptedTree(root: ...).");
        return builder.UseFileView(_ => tree.Files).UseSource(_ => tree.MakeSource());
    }
}
