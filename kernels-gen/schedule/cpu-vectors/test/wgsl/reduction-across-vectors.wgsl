@group(0) @binding(0) var<storage, read> arg0: array<vec4f>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = 8 * group + lane;
 let i_1 = min(i_0, 128);
 var acc = vec4f(0.0f);
 for (var k0 = 0; k0 < tokens; k0 += 1) {
  let i_2 = i_1 + 129 * k0;
  acc += arg0[i_2] * arg1[i_2];
 }
 if (i_0 < 129) {
  out[i_1] = acc;
 }
}
