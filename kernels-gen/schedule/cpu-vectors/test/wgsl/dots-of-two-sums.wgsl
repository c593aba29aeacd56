enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / 3u);
 let col = group - i_0 * 3;
 var acc = 0.0f;
 let i_2 = 48 * i_0;
 let i_6 = 48 * col;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_3 = i_2 + 16 * k0;
  let i_7 = i_6 + 16 * k0;
  for (var k1_block = 0; k1_block < 2; k1_block += 1) {
   let i_1 = 8 * k1_block + lane;
   acc = fma(arg0[i_3 + i_1], arg1[i_7 + i_1], acc);
  }
 }
 acc = subgroupAdd(acc);
 if (lane < 1) {
  out[col + 3 * i_0] = acc;
 }
}
